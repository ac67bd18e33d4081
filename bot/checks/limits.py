"""What one check may use."""

START_LIMIT = 30.0  # seconds until there is a browser; one is there within one on an idle machine
# A check takes about four seconds on an idle machine.
TIME_LIMIT = 30.0  # seconds with the browser; then the process and its browser are killed
PATIENT_TIME_LIMIT = 90.0  # seconds for the second check of what the machine kept from its end
TIME_TO_REPORT = 2.0  # seconds of that to tell what was found so far
MEMORY_LIMIT = 1_500_000_000  # bytes of all its processes together, shared pages counted once
HEAP_LIMIT = 256  # megabytes of JavaScript objects a page
