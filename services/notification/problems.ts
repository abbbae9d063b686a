/**
 * Every reason why a message is never sent. They are kept with the message, for operators; nothing about a person is in
 * them. Over HTTP this service refuses nothing that the chassis does not refuse already.
 */

/** The user no longer exists, so there is nobody to write to. */
export const noContact = "notification/no-contact";
/** A mail about an account has lost its purpose: its link was used or has run out, or the person was erased. */
export const ticketOutdated = "notification/ticket-outdated";
/** The mail server refused the message for good (an SMTP reply of the 500s), or the address cannot be one. */
export const mailRefused = "notification/mail-refused";
/** It was tried as often as a message is. */
export const triedTooOften = "notification/tried-too-often";
