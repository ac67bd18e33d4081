"""Pictures for tests: small ones, and what only looks like one."""

from io import BytesIO

from PIL import Image


def picture(
    form: str = "PNG", *, size: tuple[int, int] = (64, 48), colour: str = "#cc3344", **save: object
) -> bytes:
    """A picture of one colour."""
    content = BytesIO()
    Image.new("RGB", size, colour).save(content, form, **save)
    return content.getvalue()


def noise(side: int) -> bytes:
    """A square photo that no compression makes small."""
    content = BytesIO()
    Image.effect_noise((side, side), 120).convert("RGB").save(content, "JPEG", quality=80)
    return content.getvalue()


def located_photo() -> bytes:
    """A JPEG lying on its side, that says where it was taken."""
    image = Image.new("RGB", (60, 40), "#225588")
    exif = image.getexif()
    exif[0x0112] = 6  # turn it by 90 degrees
    exif[0x010F] = "canary-camera"
    exif.get_ifd(0x8825)[1] = "N"
    content = BytesIO()
    image.save(content, "JPEG", exif=exif)
    return content.getvalue()
