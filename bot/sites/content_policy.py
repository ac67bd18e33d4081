"""What a published app may load and reach: one policy for visitors and for the check before."""


def content_policy(own: str, *, framed_by: str = "'self'") -> str:
    """Return the policy that lets an app load and reach nothing but what is below its address.

    With a slash at its end a source stands for everything below it, so that another project on
    the same host is as far away as another host. Generated apps are single pages with scripts and
    styles in place, hence 'unsafe-inline'. A page may frame another page of its own; of the one
    that frames only the origin can be named, not the path, so what keeps other projects from
    framing it is their own `frame-src`. `framed_by` is the origin of pages that may frame it.
    """
    return "; ".join(
        (
            f"default-src {own}",
            f"script-src {own} 'unsafe-inline'",
            f"style-src {own} 'unsafe-inline'",
            f"img-src {own} data: blob:",
            f"media-src {own} data: blob:",
            f"font-src {own} data:",
            f"manifest-src {own}",
            f"connect-src {own}",
            f"frame-src {own}",
            f"form-action {own}",
            f"base-uri {own}",
            "object-src 'none'",
            f"frame-ancestors {framed_by}",
        )
    )
