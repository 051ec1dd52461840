"""Fuzzing: targets that any bytes may be given, seeds of our own, and every input that once broke one."""
