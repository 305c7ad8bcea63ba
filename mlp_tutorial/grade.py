"""Grade a folder of notebooks: python -m mlp_tutorial.grade FOLDER --out grades/"""

from .teaching.grade import main

if __name__ == "__main__":
    main()
