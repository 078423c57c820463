"""For whom is a net wrong, and by which cue does it decide?"""
