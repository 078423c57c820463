"""The course's own machinery, which builds, grades, publishes and measures. Nothing else imports it."""
