import socket

connection = socket.socket()
