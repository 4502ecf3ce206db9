"""Settings that hold for every test."""

from hypothesis import settings

settings.register_profile("bridge", deadline=None)  # two cores and other tests beside it: time says nothing here
settings.load_profile("bridge")
