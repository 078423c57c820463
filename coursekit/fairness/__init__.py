"""Audits of a net: its errors by group, and whether it decides by shape or by texture."""
