"""What every other part stands on: pictures, devices, hooks, and what is explained. It knows of no method."""
