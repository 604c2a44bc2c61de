"""Templates in files of their own, which a designer can open in an editor or a browser."""

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape


def load_templates(package: str) -> Environment:
    """Returns the files in a package's folder `templates`.

    Values are escaped in `.html` files, and are left as they are in `.txt` files. A value that a
    template names and nobody gave raises UndefinedError.
    """
    return Environment(
        loader=PackageLoader(package),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
