"""HTTP: webhooks and published apps as plain WSGI, the product's own pages and APIs with Flask."""
