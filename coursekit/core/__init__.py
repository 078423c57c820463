"""What every other part stands on: pictures, devices, hooks, what is explained, and the list of methods.

It imports none of these: a method enters the list where it is defined.
"""
