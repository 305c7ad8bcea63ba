"""See which exercises are solved: python -m mlp_tutorial.progress [FOLDER], or `progress()` in a notebook."""

from .teaching.progress import main, progress

if __name__ == "__main__":
    main()
