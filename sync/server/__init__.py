"""The central server, which many companies may share and which reads nothing."""
