"""The duties that official images do in their entrypoint scripts, as programs of ours.

Run as `python -I composekit/images/entry NAME PROGRAM ARGUMENTS...`: PROGRAM is the machine's program, ARGUMENTS the
container's command. Each does its duties and then becomes the real program, in the same process. What they are told
through COMPOSEKIT_ variables is described in `composekit.images.program`.

They are processes of their own: they read the environment and start programs, and import only the standard library and
this package.
"""
