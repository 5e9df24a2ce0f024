"""``python -m engine.cli`` is ``engine``."""

from engine.cli.main import main

if __name__ == "__main__":
    main()
