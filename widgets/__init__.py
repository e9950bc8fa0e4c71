"""The widgets show. They ask the desk through the bridge and draw what it answers; they compute and fetch nothing."""
