"""Simulated outside systems on real sockets, for `simulate`, `demo` and tests: a z/OS, an SSH host, a mailbox."""
