"""What visitors of an app share: documents in collections that the app defines."""
