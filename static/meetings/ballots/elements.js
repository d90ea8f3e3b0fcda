/** What ballots on the screens of a sitting do once scripts run. */

import { BallotVoice } from "parvis/meetings/ballots/ballot_voice.js";

customElements.define("ballot-voice", BallotVoice);
