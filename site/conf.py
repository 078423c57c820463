"""How Sphinx makes the web site; ``coursekit site`` runs it on copies of the notebooks and texts."""

project = "coursekit"
author = "the coursekit authors"
copyright = "the coursekit authors. Text and pictures: CC BY 4.0, code: MIT"
html_title = "Looking inside convolutional nets, and fooling them"
language = "en"

extensions = ["myst_nb", "coursekit.workshop.publishing.extension"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}
root_doc = "index"
exclude_patterns = ["extra"]

nb_execution_mode = "off"
nb_render_plugin = "coursekit"
nb_merge_streams = True
nb_code_prompt_show = "show code"
nb_code_prompt_hide = "hide code"
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

html_theme = "furo"
html_math_renderer = "mathml"
html_static_path = ["static"]
html_css_files = ["course.css"]
html_extra_path = ["extra"]
html_copy_source = False
html_show_sphinx = False
html_show_search_summary = False  # it is fetched, which no browser does from a folder
