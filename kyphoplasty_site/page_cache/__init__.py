"""Reading pages at the speed of a file: each is drawn once after a change, and then answered from memory.

Django's own cache for a site answers from inside Django and lets a page go by age alone. Pages about health must go the
moment their content does. So `content` knows what is published at this moment, `pages` keeps what was drawn, `serving`
stands before Django and answers from it, and `warming` draws what nobody has asked for yet.
"""

import os

# Of the threads of a web process most may ask Django at once, each with a connection to the database. The others answer
# from what is kept, also while the first all wait for a database that says nothing.
THREADS = min(8, 2 * (os.cpu_count() or 1) + 1)
DRAWN_AT_ONCE = THREADS - min(2, THREADS - 1)
