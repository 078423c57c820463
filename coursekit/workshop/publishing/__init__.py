"""The course for readers without a kernel: a web site, and slides, both of the built notebooks."""
