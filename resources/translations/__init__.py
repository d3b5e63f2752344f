"""Translations of the window (`tarvis_<language>.ts`, `.qm`), and the command that begins one."""
