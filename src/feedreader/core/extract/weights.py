"""w"""
ALONE: dict[str, float] = {}
IN_CONTEXT: dict[str, float] = {}
