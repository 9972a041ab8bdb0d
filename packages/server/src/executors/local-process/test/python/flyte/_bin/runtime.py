import sys

if __name__ == "__main__":
    exec(sys.argv[2], {"__name__": "task"})
