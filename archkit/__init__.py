"""The architect's toolkit that lessons and exercises import.

Each module is importable alone; nothing heavy is loaded until it is used.
"""
