// @ts-check
import { InvitePeople } from "parvis/meetings/rooms/invite_people.js";
import { RoomPage } from "parvis/meetings/rooms/room_page.js";

customElements.define("invite-people", InvitePeople);
customElements.define("room-page", RoomPage);
