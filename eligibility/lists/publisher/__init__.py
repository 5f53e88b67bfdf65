"""The sandbox's publisher of an eligible-product list: a made-up list of any length, month by month, over HTTP and SFTP.

items    made-up products                    shelf         versions, manifests and the signed index as files
months   what changes from version to version    publisher     what is served now, well or badly
faults   ways to deliver badly                   http_server, sftp_server    the doors
bad_versions    ways to publish badly            running       both doors, for a command or a test
"""
