"""A place to meet by video: link, lobby, moderation, chat. Sound and picture are the media worker's."""
