"""Does a paper say what it was sent as? Looks at text that was read from it; gives advice and never blocks a step.

A new question is one small module and one line in ``registry``; which papers it is put to stands there too.
"""
