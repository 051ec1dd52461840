"""dechaff in other people's frameworks: one small module each, whose extra of the same name installs the framework.

Nothing here is imported by `import dechaff`.
"""
