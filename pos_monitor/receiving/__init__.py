"""The three doors through which reports come: HTTPS, WebSocket and MQTT."""
