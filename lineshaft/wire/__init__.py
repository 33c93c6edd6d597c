"""The device contract: topics, the envelope, codecs and the reasons to reject. Pure."""
