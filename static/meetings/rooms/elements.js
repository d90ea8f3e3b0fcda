// @ts-check
import { RoomPage } from "parvis/meetings/rooms/room_page.js";

customElements.define("room-page", RoomPage);
