"""How fast and how small Reset Bridge is, measured; see README.md beside this file."""
