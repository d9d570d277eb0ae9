"""The tests, mirrored folder for folder. A package, because a dependency installs one of the same name."""
