"""verifier reads media: expected content, where to look, what was seen and what that proves. It never writes."""
