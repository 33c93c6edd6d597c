"""The only door to MQTT (paho)."""
