"""Mail texts made from Jinja2 templates."""
