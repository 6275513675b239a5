"""Reading pages at the speed of a file: each is drawn once after a change, and then answered from memory.

Django's own cache for a site answers from inside Django and lets a page go by age alone. Pages about health must go the
moment their content does. So `content` knows what is published at this moment, `pages` keeps what was drawn, `serving`
stands before Django and answers from it, and `warming` draws what nobody has asked for yet.
"""

# Threads of a web process: so many may ask Django at once, each with a connection to the database. The others answer from
# what is kept, also while the first all wait for a database that says nothing.
DRAWN_AT_ONCE, KEPT_AT_ONCE = 5, 3
