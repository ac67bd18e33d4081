"""What operators do for users and to the whole: every act with who did it and why."""
