"""What a teacher does with the learners' notebooks: grade them, and see how far everybody is."""
