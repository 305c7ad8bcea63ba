"""See which exercises are solved: python -m mlp_tutorial.progress [FOLDER], or `progress()` in a notebook."""

from .teaching.progress import main
from .teaching.progress import progress as progress

if __name__ == "__main__":
    main()
