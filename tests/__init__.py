"""Tests: one folder per part of the program, shared pieces beside this file."""
