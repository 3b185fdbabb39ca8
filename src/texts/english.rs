//! The English texts: each variant of [`Text`], with its text.

macro_rules! texts {
    ($($text:ident = $english:literal;)*) => {
        /// A text that an end user may see: in the response to a refused request, or on a page of the admin.
        ///
        /// The documentation of each variant is the English text. A name in braces is a placeholder, which is replaced
        /// by a value. A text that Django REST framework or drf-messages also has is the same as theirs.
        /// `AdminLanguage` is not shown: it is the `lang` attribute of the pages, such as `de`.
        ///
        /// ```
        /// use actix_messages::Text;
        ///
        /// assert_eq!(Text::NotFound.english(), "Not found.");
        /// assert_eq!("NotFound".parse(), Ok(Text::NotFound));
        /// assert_eq!(Text::NotFound.name(), "NotFound");
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Text {
            $(#[doc = $english] $text,)*
        }

        impl Text {
            /// All texts.
            pub const ALL: &'static [Self] = &[$(Self::$text,)*];

            /// Returns the English text.
            #[must_use]
            pub const fn english(self) -> &'static str {
                match self { $(Self::$text => $english,)* }
            }

            /// Returns the name of the variant, for example as a key in a file of translations. `parse` returns
            /// the variant.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$text => stringify!($text),)* }
            }
        }
    };
}

texts! {
    // Requests that are refused.
    NotFound = "Not found.";
    NoSuchMessage = "No Message matches the given query.";
    InvalidPage = "Invalid page.";
    InvalidCursor = "Invalid cursor";
    InvalidVersionInPath = "Invalid version in URL path.";
    InvalidVersionInAccept = "Invalid version in \"Accept\" header.";
    MethodNotAllowed = "Method \"{method}\" not allowed.";
    NotAcceptable = "Could not satisfy the request Accept header.";
    NotSignedIn = "Authentication credentials were not provided.";
    NotPermitted = "You do not have permission to perform this action.";
    UnreadNotDeletable = "You do not have the permission to delete unread messages";
    CrossSite = "Cross-site request refused.";
    CrossOrigin = "Cross-origin request refused: the server has to name this origin as a `trusted_origin`.";
    TooManyStreams = "Too many streams of these messages are open.";
    MailboxFull = "The mailbox is full.";
    Unavailable = "Service temporarily unavailable, try again later.";
    ServerError = "A server error occurred.";
    InvalidRecipient = "invalid recipient of {bytes} bytes: expected the id of a user or the name of a group, of 1 to 128 bytes \
                        without control characters and without white space at its ends, or a session of 32 hexadecimal digits";

    // Parameters that are invalid.
    InvalidParameters = "Some parameters are not valid.";
    TooManyParameters = "Ensure the query string has at most {limit} parameters (it has {given}).";
    QueryTooLong = "Ensure the query string has at most {limit} bytes (it has {given}).";
    UnknownParameter = "Unknown parameter.";
    EmptyParameter = "This parameter may not be empty.";
    SelectsAll = "This value selects all messages.";
    InvalidChoice = "Select a valid choice. {value} is not one of the available choices.";
    InvalidNumber = "Enter a number.";
    InvalidRange = "Range query expects two values.";
    InvalidTime = "Enter a valid date/time.";
    TooManyValues = "Ensure this list has at most {limit} values (it has {given}).";
    SearchTooLong = "Ensure the search has at most {limit} characters (it has {given}).";
    TooManyTerms = "Ensure the search has at most {limit} terms (it has {given}).";
    NullCharacters = "Null characters are not allowed.";
    UnsupportedOrder = "Cursor pagination supports only created and -created.";
    MomentMissing = "This parameter is required.";
    MomentPassed = "Ensure this moment is in the future.";
    MomentTooFar = "Ensure this moment is at most {limit} days ahead.";
    BodyNotRead = "Bodies are not read: select messages with query parameters.";

    // Messages that are invalid.
    InvalidMessage = "The message is not valid.";
    Blank = "This field may not be blank.";
    TooLong = "Ensure this value has at most {limit} characters (it has {given}).";
    TooManyTags = "Ensure this list has at most {limit} tags (it has {given}).";
    TagsTooLong = "Ensure these tags have at most {limit} characters together (they have {given}).";
    NotAnObject = "This value must be an object that can be written as JSON.";
    TooManyBytes = "Ensure this value has at most {limit} bytes as JSON (it has {given}).";
    TooDeep = "Ensure this value is nested at most {limit} levels deep (it has {given}).";
    TooManyActions = "Ensure this list has at most {limit} actions (it has {given}).";
    InvalidLink = "Enter a path that begins with one slash, or an http, https or mailto URL.";
    ReservedKey = "Keys that begin with `g:` are reserved.";
    NeverVisible = "Ensure the message expires after it becomes visible.";

    // The admin: each page.
    AdminLanguage = "en";
    AdminTitle = "Messages admin";
    AdminMessages = "Messages";
    AdminSkip = "Skip to the content";
    AdminSignedIn = "Signed in as {name}";
    AdminBreadcrumb = "Breadcrumb";
    AdminCancel = "Cancel";
    AdminLabelled = "{label}: {value}";
    AdminThousandsSeparator = ",";

    // The admin: a message.
    AdminRecipient = "Recipient";
    AdminLevel = "Level";
    AdminLevelNumber = "level {level}";
    AdminMessage = "Message";
    AdminMessageTitle = "Title";
    AdminTag = "Tag";
    AdminTags = "Tags";
    AdminView = "View";
    AdminCreated = "Created";
    AdminFirstRead = "First read";
    AdminActions = "Actions";
    AdminData = "Data";
    AdminKey = "Key";
    AdminStandsFor = "Stands for";
    AdminStandsForMany = "{number} messages with this key";
    AdminSession = "Session";
    AdminId = "Id";
    AdminUtc = "UTC";
    AdminVisitor = "Visitor {digest}";
    AdminNone = "none";
    AdminNotYet = "not yet";
    AdminBoundToSession = "bound to a session";
    AdminStateUnread = "unread";
    AdminStateRead = "read";
    AdminBlank = "(blank)";
    AdminMessageTo = "Message to {recipient}";
    AdminShownAsHtml = "The application shows this text as HTML. This page shows its source.";
    AdminMarkRead = "Mark as read";
    AdminMarkUnread = "Mark as unread";
    AdminArchive = "Archive";
    AdminRestore = "Move to the inbox";
    AdminDelete = "Delete…";
    AdminWrongClock = "A clock was wrong when this message was written. Until the mailbox is repaired, each new message in it gets \
                       a date after this one. The repair gives these messages new dates and keeps their order.";
    AdminRepair = "Repair the mailbox";
    AdminTagsNotEditable = "Some of these tags contain line breaks, so they can't be edited here.";
    AdminTagPerLine = "One tag per line";
    AdminTagsHint = "At most {tags} tags of at most {limit} characters each, and {total} characters in total. They replace the \
                     current tags.";
    AdminSaveTags = "Save the tags";

    // The admin: the filters of the list.
    AdminSearch = "Search";
    AdminSearchTexts = "Search the texts";
    AdminUser = "User";
    AdminUnread = "Unread";
    AdminState = "State";
    AdminAnyState = "read and unread";
    AdminFilter = "Filter";
    AdminFilters = "Filters";
    AdminMoreFilters = "More filters";
    AdminLevelFrom = "Level from";
    AdminLevelOrAbove = "{name} ({level}) or above";
    AdminAnyLevel = "any";
    AdminMailboxes = "Mailboxes";
    AdminAllMailboxes = "all";
    AdminUserMailboxes = "users";
    AdminVisitorMailboxes = "visitors (not signed in)";
    AdminVisitors = "visitors";
    AdminArchives = "archived messages";
    AdminLater = "postponed messages";
    AdminTrue = "true";
    AdminFalse = "false";
    AdminPerPage = "Per page";
    AdminPageSize = "{number} messages";
    AdminCreatedIn = "Created in";
    AdminCreatedInUtc = "Created, in UTC";
    AdminRead = "Read";
    AdminFirstReadInUtc = "First read, in UTC";
    AdminFrom = "from";
    AdminUntil = "until";
    AdminAnyTime = "Any time";
    AdminFilterFrom = "{label} from";
    AdminFilterUpTo = "{label} up to";
    AdminFilterUntil = "{label} until";
    AdminFilterContains = "{label} contains";
    AdminFilterLookup = "{label} {lookup}";
    AdminRemoveFilter = "Remove the filter {filter}";
    AdminClearAll = "Clear all";
    AdminQuery = "query";
    AdminNotLoaded = "The list was not loaded:";
    AdminInvalidPeriod = "Enter a year, a month or a day, such as 2026, 2026-11 or 2026-11-24.";
    AdminInvalidMailboxes = "Choose all, users, visitors, archives or later.";
    AdminInvalidUser = "A user id has at most {limit} bytes, no control characters, and no white space at its start or end.";

    // The admin: the list.
    AdminLevels = "Levels";
    AdminAllLevels = "All levels";
    AdminAllMessages = "All messages";
    AdminNothingFound = "No messages found.";
    AdminBeyondLast = "This page is beyond the last message.";
    AdminSomeAhead = "Some of these messages are dated more than a day in the future, because a clock was wrong when they were \
                      written. Open such a message to repair its mailbox. Until then, \"all listed messages\" does not include them.";
    AdminSelected = "Selected";
    AdminSelectMessage = "Select the message to {recipient}, {created}";
    AdminCreatedUtc = "Created, UTC";
    AdminFirstReadUtc = "First read, UTC";
    AdminCreatedAt = "created";
    AdminReadAt = "read";
    AdminSessionBound = "session-bound";
    AdminArchived = "archived";
    AdminPostponed = "postponed";
    AdminHtml = "HTML";
    AdminApplyTo = "Apply to";
    AdminSelectedMessages = "the selected messages";
    AdminListedMessages = "all {number} listed messages";
    AdminListedMessagesInSteps = "all {number} listed messages, {limit} at a time";
    AdminPages = "Pages";
    AdminPreviousPage = "Previous page";
    AdminNextPage = "Next page";
    AdminRange = "{first} to {last} of {number}";

    // The admin: the form for a new message.
    AdminNew = "New";
    AdminWrite = "Write a message";
    AdminRecipients = "Recipients";
    AdminRecipientsHint = "One user id per line, at most {limit}. Ids are not checked against a list of users.";
    AdminTextHint = "Plain text, at most {limit} characters.";
    AdminNewTagsHint = "Optional. One tag per line. At most {tags} tags of at most {limit} characters each, and {total} characters \
                        in total.";
    AdminViewHint = "Optional. The name of the view that creates the message, at most {limit} characters.";
    AdminTitleHint = "Optional. Plain text, at most {limit} characters.";
    AdminAction = "Action {number}";
    AdminActionLabel = "Label";
    AdminActionLink = "Link";
    AdminActionHint = "Optional. A path that begins with one slash, or an http, https or mailto URL.";
    AdminKeyHint = "Optional. At most {limit} characters. The message replaces an earlier message with the same key.";
    AdminVisibleFrom = "Visible from";
    AdminVisibleFromHint = "Optional. A time in UTC, such as 2026-12-24 18:00. Until then, the message waits.";
    AdminExpiresAt = "Expires";
    AdminExpiresAtHint = "Optional. A time in UTC, after which the message is deleted.";
    AdminDataHint = "Optional. A JSON object for the front end, with at most {limit} bytes.";
    AdminNoObject = "Enter a JSON object.";
    AdminSend = "Send";
    AdminNotSent = "Nothing was sent: see the errors next to the fields.";
    AdminNoUser = "Enter at least one user id.";
    AdminInvalidLine = "Line {line} is not a valid user id: an id has at most {limit} bytes and no control characters (this has \
                        {given} bytes).";
    AdminTooManyUsers = "A message can be sent to at most {limit} users (you entered {given}).";
    AdminNoLevel = "Choose a level.";
    AdminLevelTooLow = "Messages below level {level} are not stored.";

    // The admin: the page that asks for a confirmation.
    AdminDeleteTitle = "Delete messages";
    AdminDeleteOne = "1 message in 1 mailbox will be deleted permanently.";
    AdminDeleteInOne = "{number} messages in 1 mailbox will be deleted permanently.";
    AdminDeleteInMany = "{number} messages in {mailboxes} mailboxes will be deleted permanently.";
    AdminMarkReadTitle = "Mark messages as read";
    AdminMarkReadOne = "1 message in 1 mailbox will be marked as read.";
    AdminMarkReadInOne = "{number} messages in 1 mailbox will be marked as read.";
    AdminMarkReadInMany = "{number} messages in {mailboxes} mailboxes will be marked as read.";
    AdminMarkUnreadTitle = "Mark messages as unread";
    AdminMarkUnreadOne = "1 message in 1 mailbox will be marked as unread. The time of their first reading will be lost.";
    AdminMarkUnreadInOne = "{number} messages in 1 mailbox will be marked as unread. The time of their first reading will be lost.";
    AdminMarkUnreadInMany = "{number} messages in {mailboxes} mailboxes will be marked as unread. The time of their first reading \
                             will be lost.";
    AdminArchiveTitle = "Archive messages";
    AdminArchiveOne = "1 message in 1 mailbox will be archived.";
    AdminArchiveInOne = "{number} messages in 1 mailbox will be archived.";
    AdminArchiveInMany = "{number} messages in {mailboxes} mailboxes will be archived.";
    AdminRestoreTitle = "Move messages to the inbox";
    AdminRestoreOne = "1 message in 1 mailbox will be moved to the inbox.";
    AdminRestoreInOne = "{number} messages in 1 mailbox will be moved to the inbox.";
    AdminRestoreInMany = "{number} messages in {mailboxes} mailboxes will be moved to the inbox.";
    AdminNothingLeft = "There is nothing left to change.";
    AdminMaximum = "This is the maximum for one change, the newest messages first. If more messages are listed, repeat the action.";
    AdminAmongThem = "Among them:";
    AdminConfirmDeleteOne = "Delete 1 message";
    AdminConfirmDeleteMany = "Delete {number} messages";
    AdminConfirmArchiveOne = "Archive 1 message";
    AdminConfirmArchiveMany = "Archive {number} messages";
    AdminConfirmRestoreOne = "Move 1 message";
    AdminConfirmRestoreMany = "Move {number} messages";
    AdminConfirmMarkOne = "Mark 1 message";
    AdminConfirmMarkMany = "Mark {number} messages";

    // The admin: the results of changes.
    AdminNothingSelected = "No message was selected, so nothing was changed.";
    AdminDeletedNone = "No message was deleted: there was nothing left to change.";
    AdminDeletedOne = "1 message was deleted.";
    AdminDeletedMany = "{number} messages were deleted.";
    AdminMarkedReadNone = "No message was marked as read: there was nothing left to change.";
    AdminMarkedReadOne = "1 message was marked as read.";
    AdminMarkedReadMany = "{number} messages were marked as read.";
    AdminMarkedUnreadNone = "No message was marked as unread: there was nothing left to change.";
    AdminMarkedUnreadOne = "1 message was marked as unread.";
    AdminMarkedUnreadMany = "{number} messages were marked as unread.";
    AdminArchivedNone = "No message was archived: there was nothing left to change.";
    AdminArchivedOne = "1 message was archived.";
    AdminArchivedMany = "{number} messages were archived.";
    AdminRestoredNone = "No message was moved to the inbox: there was nothing left to change.";
    AdminRestoredOne = "1 message was moved to the inbox.";
    AdminRestoredMany = "{number} messages were moved to the inbox.";
    AdminSentNone = "No message was sent: there was nothing left to change.";
    AdminSentOne = "1 message was sent.";
    AdminSentMany = "{number} messages were sent.";
    AdminTaggedNone = "No message was given these tags: there was nothing left to change.";
    AdminTaggedOne = "1 message was given these tags.";
    AdminTaggedMany = "{number} messages were given these tags.";
    AdminRedatedNone = "No message was given a new date: there was nothing left to change.";
    AdminRedatedOne = "1 message was given a new date.";
    AdminRedatedMany = "{number} messages were given a new date.";

    // The admin: requests that are refused, and failures.
    AdminBadRequest = "Bad Request";
    AdminForbidden = "Forbidden";
    AdminNotFound = "Not Found";
    AdminMethodNotAllowed = "Method Not Allowed";
    AdminPayloadTooLarge = "Payload Too Large";
    AdminServerError = "Internal Server Error";
    AdminUnavailable = "Service Unavailable";
    AdminOtherError = "Error";
    AdminOnlyStaff = "Only staff may see this page.";
    AdminCrossSite = "The request came from another site, so nothing was changed.";
    AdminCrossOrigin = "The request came from another origin of this site, so nothing was changed. To allow that origin, the server \
                        has to configure it as a `trusted_origin`.";
    AdminNoSuchPage = "This page does not exist.";
    AdminNoSuchMessage = "This message no longer exists, or never existed.";
    AdminNoSuchMethod = "This page does not support that method.";
    AdminUnreadableForm = "The form is too large or incomplete. Nothing was changed.";
    AdminUnknownAction = "The form is invalid: unknown action. Nothing was changed.";
    AdminInvalidTimestamp = "The form is invalid: invalid timestamp. Nothing was changed.";
    AdminInvalidFilter = "The form is invalid: invalid filter. Nothing was changed.";
    AdminInvalidRow = "The form is invalid: invalid row. Nothing was changed.";
    AdminTooManyRows = "The form is invalid: too many rows. Nothing was changed.";
    AdminTryAgain = "The messages are not available right now. Try again in a moment.";
    AdminFailed = "Something went wrong on the server. Its log has the details.";

    // The admin: dates.
    AdminMonth = "{month} {year}";
    AdminDay = "{day} {month} {year}";
    January = "January"; February = "February"; March = "March"; April = "April"; May = "May"; June = "June"; July = "July";
    August = "August"; September = "September"; October = "October"; November = "November"; December = "December";
    ShortJanuary = "Jan"; ShortFebruary = "Feb"; ShortMarch = "Mar"; ShortApril = "Apr"; ShortMay = "May"; ShortJune = "Jun";
    ShortJuly = "Jul"; ShortAugust = "Aug"; ShortSeptember = "Sep"; ShortOctober = "Oct"; ShortNovember = "Nov";
    ShortDecember = "Dec";
}
