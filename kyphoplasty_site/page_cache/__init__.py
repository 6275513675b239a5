"""Reading pages at the speed of a file: each is drawn once after a change, and then answered from memory.

Django's own cache for a site answers from inside Django and lets a page go by age alone. Pages about health must go the
moment their content does. So `content` knows what is published at this moment, `pages` keeps what was drawn, and
`serving` stands before Django and answers from it.
"""
