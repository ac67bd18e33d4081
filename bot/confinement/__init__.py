"""Programs that handle what strangers made run as an account that owns nothing."""
