/** What ballots on the screens of a sitting do once scripts run. */

import { BallotVoice } from "parvis/meetings/ballots/ballot_voice.js";
import { VoteReminder } from "parvis/meetings/ballots/vote_reminder.js";

customElements.define("ballot-voice", BallotVoice);
customElements.define("vote-reminder", VoteReminder);
