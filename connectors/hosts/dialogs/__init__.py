"""Dialogs as data: screens, prompts and what to do about them, read from YAML, refused where they are not safe."""
