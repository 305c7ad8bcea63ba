"""Make an nbgrader course of the lessons: python -m mlp_tutorial.nbgrader COURSE"""

from .teaching.nbgrader_course import main

if __name__ == "__main__":
    main()
