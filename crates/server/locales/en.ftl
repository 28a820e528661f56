# Enishi's words in English. The three files hold the same keys; a test compares them.

## Every page
page-description = A visitor’s wallet pays a shop across the border; both sides keep double-entry books that agree.
page-skip = Skip to the content
page-language = Language
page-demo = Demonstration. No real money moves; shops and people are invented.
page-rates = Rates: { $source }, for information only.
app-home = Enishi 縁
app-wallet = Enishi wallet
app-till = Enishi till
offline-title = No network
offline-text = What was paid is safe. Nothing can be asked for or given back until the network is there again; this page goes on by itself.
offline-back = The network is back
offline-page = Enishi can’t be reached. What was paid is safe.
offline-again = Try again
nav-label = Views
nav-home = Both sides
nav-wallet = Wallet
nav-till = Till
nav-operator = Operator
nav-audit = Audit
error-title = That did not work
error-home = To the first page

## Currencies
cur-CNY = CNY
    .name = yuan
    .wallet = Yuan wallet
    .book = Yuan book
    .payer = from a yuan wallet
    .cell = yuan cell
    .cell-title = Yuan cell
cur-JPY = JPY
    .name = yen
    .wallet = Yen wallet
    .book = Yen book
    .payer = from a yen wallet
    .cell = yen cell
    .cell-title = Yen cell
cur-EUR = EUR
cur-other = { $code }
    .name = { $code }
    .wallet = { $code } wallet
    .book = { $code } book
    .payer = from a { $code } wallet
    .cell = { $code } cell
    .cell-title = { $code } cell

## Times and places
time-day = { $day } { $month } { $year }
time-day-short = { $day } { $month }
time-when = { $day }, { $clock }
time-both = { $a }, { $b }
zone-tokyo = { $time } in Japan
zone-shanghai = { $time } in Beijing
zone-utc = { $time } UTC
month-1 = Jan
month-2 = Feb
month-3 = Mar
month-4 = Apr
month-5 = May
month-6 = Jun
month-7 = Jul
month-8 = Aug
month-9 = Sep
month-10 = Oct
month-11 = Nov
month-12 = Dec
weekday-1 = Mon
weekday-2 = Tue
weekday-3 = Wed
weekday-4 = Thu
weekday-5 = Fri
weekday-6 = Sat
weekday-7 = Sun

## States
state-waiting = Waiting
state-doubt = In doubt
state-paid = Paid
state-declined = Declined
state-cancelled = Cancelled
state-expired = Expired
state-refunded = Refunded

## The first page
home-title-1 = Pay in { $from }.
home-title-2 = The shop is paid in { $to }.
home-lead = Enishi joins a visitor’s wallet and a Japanese till, and keeps a full set of books on either side.
home-agree = Both books agree
home-differ = The books differ
home-payments =
    { $n ->
        [one] { $count } payment
       *[other] { $count } payments
    }
home-differences =
    { $n ->
        [one] { $count } difference
       *[other] { $count } differences
    }
home-checked = checked at { $clock }

## Prices
price-mid = At the mid rate
price-spread = Spread { $share }
price-fee = Fee
price-you-pay = You pay
price-taken = Taken from wallet
price-paid = You paid
price-back = Came back
price-left = Left
price-source = { $source }, { $day }
source-ECB = European Central Bank
    .short = ECB

## To confirm
sheet-title = Pay this shop?
sheet-registered = Registered in { $place }
sheet-name-matches = The name on the code is the registered name.
sheet-stop = .
sheet-seconds =
    { $n ->
        [one] { $count } second left
       *[other] { $count } seconds left
    }
sheet-again = You paid this shop the same amount just now.
sheet-again-ask = Press once more only if you mean to pay twice.
sheet-pay = Pay { $amount }
sheet-over = The rate has run out; nothing was taken.
sheet-renew = Ask for a new rate
sheet-locked =
    { $n ->
        [one] The rate is yours for { $count } second.
       *[other] The rate is yours for { $count } seconds.
    }
sheet-not-now = Not now
amount-ask = How much do you pay?
amount-label = In the shop’s currency
amount-next = See what it costs
category-food = Food and drink
category-daily = Daily needs
category-shopping = Shopping
category-lodging = Lodging
category-transport = Transport
category-culture = Culture and leisure
category-services = Services

## The phone
phone-label = The visitor’s phone
phone-own-window = Open the phone in its own window
phone-of = { $name }’s wallet
phone-of-forgotten = A forgotten person’s wallet
person-forgotten = Forgotten person
phone-no-rows = No payments yet
phone-underway = On its way. The shop’s side decides now.
phone-to = { $amount } to
phone-waiting = Waiting for the answer
phone-again = Pay once more
phone-back = Back to the wallet
row-refund = Refund, { $when }
say-confirm = To confirm: { $amount }
say-paid = Paid { $amount }
say-code = The till shows a code for { $amount }
say-till-paid = { $amount } arrived at the till
say-refunded = { $amount } refunded
doubt-title = In doubt, your money is safe
doubt-text = The answer has not come yet. One of two things will happen: the shop is paid, or you get { $amount } back.
held-title = Held for the shop
held-text = The shop takes what you owe, at most { $amount }. The rest comes back by itself.
held-cancelled = You asked to cancel. { $amount } comes back as soon as the shop’s side has let it go.
declined-nothing = Nothing was taken.
receipt-title = Receipt
receipt-refund = { $given } was refunded at { $clock }: { $got }, at the rate you paid.
receipt-refund-one = { $got } came back at { $clock }.
receipt-number = Number
receipt-record = Proof in the { $unit } book
receipt-agrees = Both books agree on this payment
receipt-in-one = You and the shop stand in one book, and it balances
receipt-differs = The books differ on this payment: see the audit
receipt-print = Print
receipt-print-hint = Print this page with your browser’s menu, or keep it as a PDF.
tab-label = Wallet
tab-wallet = Wallet
tab-scan = Scan
tab-statement = Statement
tab-me = Me
me-title = Me
me-holder = Holder
me-number = Wallet number
me-code = The code of this window ends with these letters. It was shown once, when it was made; nobody can show it again.
me-devices = On other devices
me-devices-text = Type the code there, or open the link it came with. Every device that is signed in can pay with this wallet.
me-lost = If you lose the code or a device, tell the operator this number: they end the code and give you a new one.
me-address = This window is opened by its address, which is as good as the code: whoever has it can pay. Close the window to leave.
statement-file = As a file (CSV)
statement-newest = Newest payments
statement-stale = The newest rows follow in a moment
statement-first = The first one appears here by itself.
statement-older = Older payments
statement-today = Today, { $day }

## Scanning
scan-title = Scan a code
scan-lead = Hold the code of the till or the poster inside the frame, use a photo, or paste the text of the code.
scan-this = Scan this code
scan-to-pay = Scan to pay
scan-photo = Use a photo
scan-type = The text of the code
scan-type-hint = It begins with 000201 and stands below the code on the till.
scan-read = Read the code
scan-torch = Light
camera-insecure = There is no live camera, as this address has no encryption (plain HTTP). Use a photo.
camera-denied = The camera may not be used here. Allow it in the browser’s settings, or use a photo.
camera-none = No camera was found here. Use a photo or paste the text.
camera-tired = The camera found no code in a minute. Use a photo, or open this page anew.

## The bridge
bridge-label = The bridge
bridge-steps = The bridge, step by step
bridge-next = next
bridge-idle = The till has not asked for anything.
bridge-asked = The till has asked for { $amount }. Scan its code with the phone.
bridge-quoted = The rate is locked. Nothing has moved until you press Pay.
bridge-underway = On the bridge. Each bead lights when its record is on disk.
bridge-done = From Pay to both books: { $time }. Each bead is one record on disk.
bridge-refunded = From the till to both books: { $time }, at the payment’s own rate.
bridge-declined = Declined: the hold was given back, both books are as before.
step-requested = Requested
step-quoted = Quoted
step-held = Held
step-captured = Captured
step-posted = Posted
step-declined = Declined
step-voided = Given back
step-asked = Asked
step-taken = Taken
step-sent-back = Sent back
step-received = Received
step-booked = Booked

## The books
books-before = What each side writes
books-after = What each side wrote
books-lead = The same payment, in two books that never see each other’s customers.
books-lead-refund = The same refund, in two books that never see each other’s customers.
books-empty = Nothing yet. The lines appear when you press Pay.
books-other-unit = The same book, in { $unit }
books-record = payment { $payment }, record { $record }
books-account = Account
books-debit = Debit, { $unit }
books-credit = Credit, { $unit }
books-sum = Sum
books-equal = equal
books-differ = differs
account-wallet = Wallet, { $name }
account-exchange = Exchange, { $unit }
account-spread = Spread
account-fee = Fee
account-nostro = Nostro
account-nostro-mirror = Nostro, mirrored
account-bank = Bank
account-payout = Payouts under way
account-suspense = Suspense
account-credit-line = Credit line of a shop
account-receivable = Owed by shops
line-mid = at the mid rate
line-shop-fee = shop fee { $share }
line-prefunded = prefunded by the other side
line-refund = refund

## The map
map-title = Today in 47 prefectures
map-label = Volume today by prefecture; the table beside it has the figures
map-total = { $amount } in { $payments } since midnight.
map-ring = The ring is your payment.
map-credit = Map shapes: MapSVG, CC BY 4.0, changed
map-under = under { $amount }
map-over = over { $amount }
map-unit = { $unit } today
map-table = The same as a table
map-prefecture = Prefecture
map-payments = Payments
map-all = All

## The till
till-label = The shop’s till
till-number = Till { $number }
payer-abroad = from abroad
till-own-window = Open the till in its own window
till-amount = Amount
till-clear = Delete the last digit
till-code-label = Payment code, { $amount }
till-waiting = Waiting for the customer
till-good-for =
    { $n ->
        [one] This code is good for { $count } minute.
       *[other] This code is good for { $count } minutes.
    }
till-code-text = The text of the code
till-refunded = Refunded
till-fee = Shop fee { $share }
till-net = The shop gets
till-refund-how-much = How much goes back?
till-refund-of = of { $amount } paid at { $when }
till-refund-rest = Up to { $amount } can go back, at the rate the customer paid.
till-show = Show the code
till-refund = Refund
till-refund-some = Refund { $amount }
till-refund-all = All of it: { $amount }
till-refund-next = Go on
till-refund-sure = Give this back?
till-refund-rate = The customer gets it back at the rate they paid.
till-refund-left = { $amount } can still go back afterwards.
till-refund-other = Another amount
till-refunded-at = Refunded, { $when }
till-leave = Leave it
till-ask-again = Ask again
till-next = Next customer
till-cancel = Cancel
till-tonight = Tonight
till-poster = Your poster
till-poster-tab = Poster
till-poster-lead = One code for every wallet. Print it on A5 and put it by the till.
till-poster-number = Store number { $number }, for customers who can’t scan
till-poster-open = Open the poster
today-title = Today
today-empty = No payments yet
today-first = The first one appears here by itself.
today-refunded = Refunded
today-fee = Shop fee
today-net = The shop gets
today-row-refunded = { $amount } refunded
today-code-shown = code shown
today-more = The newest 200 are listed; the sums are of all.

## Beside the till
tonight-title = Tonight’s bank file
tonight-when = Closes at { $clock }, on your account on { $day }
tonight-waits = Nothing goes out tonight.
tonight-below = What you have is less than the minimum; it waits for a later file and nothing is lost.
tonight-above = It is more than one transfer can carry. Ask the operator.
tonight-no-account = There is no bank account yet. Give the operator one.
tonight-unfit = Your bank account can’t stand in a bank file. Ask the operator to look at it.
tonight-new = The operator has not looked at your shop yet. It waits, and goes out once they have.
tonight-paused = The operator has paused your shop. It waits until they open it again.
tonight-other = Ask the operator why.
tonight-before = From before
tonight-paid =
    { $n ->
        [one] Paid, { $count } payment
       *[other] Paid, { $count } payments
    }
tonight-transfer = Bank transfer
tonight-has = What you have
tonight-out = Goes out tonight
tonight-ordinary = Ordinary account ending { $ending }
tonight-current = Current account ending { $ending }
tonight-savings = Savings account ending { $ending }
shop-title = Your store
shop-open = Takes payments
shop-closed = Closed for now
shop-paused = Paused
shop-new = The operator has not looked at your shop yet. You are paid; the bank transfer waits until they have.
shop-open-means = Customers can pay by the till and by the poster, at any hour.
shop-closed-means = Nobody can pay now, by the till or the poster. Refunds work as always, and what you have goes to your bank as always.
shop-close = Close for now
shop-reopen = Take payments again
shop-paused-title = The operator has paused your shop
shop-paused-todo = Nobody can pay you now; refunds work, and what you have is safe. Ask the operator what is missing.
shop-why-account = The bank account may not be yours.
shop-why-identity = It is not certain that the shop is what it says.
shop-why-complaints = Customers have complained.
shop-why-law = An authority or a law demands it.
shop-why-wish = You asked for it.
shop-why-contract = The contract has ended.

## The corridor
corridor-title = The corridor
corridor-closed = Closed
corridor-under-way = Under way
corridor-messages =
    { $n ->
        [one] { $count } message
       *[other] { $count } messages
    }
corridor-rate = Exchange rate
corridor-nostro = Nostro
corridor-warns = Warns below
corridor-low = The nostro is low: top it up, or payments will soon stop crossing.

## What runs here
tiles-title = What runs here
tile-pay = Pay
tile-pay-unit = payments today
tile-figures = Figures
tile-of-47 = { $count } of 47
tile-figures-unit = prefectures reached
tile-shop = Shop
tile-shop-what = brands to the door
tile-park = Park
tile-park-what = tickets and queues
tile-ride = Ride
tile-ride-what = bicycles
tile-stay = Stay
tile-stay-what = homestays
tile-unbuilt = Not built yet

## Corners
curl-title = The same with curl
curl-lead = The commands work as they stand: the keys belong to this demonstration.
curl-copy = Copy
curl-copied = Copied
break-title = Break it
break-lead = Stops a cell in the middle of its work. It comes back from its journal; no payment is lost and none is made twice.
break-stop = Stop the { $cell }
break-down = The { $cell } is down and is coming back from its journal.
break-back = The { $cell } is back after { $time }: { $records } records read again, nothing lost.

## The audit
audit-title = Audit
audit-lead = Every record of every journal was read again, from the first to the last durable one, in { $time }.
audit-corridors = Across the bridge
audit-corridors-lead = At equal message numbers, what one side keeps for the other and what the other believes it has there are the same.
audit-self = Do it yourself
audit-self-lead = The same code, from the command line, also beside a running server. It ends with 1 and names the place if anything differs.
audit-at = A difference at { $place }
audit-chain = Chain of hashes
audit-holds = unbroken
audit-broken = broken
audit-all-accounts = All accounts
audit-number = Messages { $from } to { $to }
audit-nostro = Nostro, in the shop’s book
audit-mirror = Its mirror, in the payer’s book
count-groups = Groups
count-records = Records
count-accounts = Accounts
count-transfers = Transfers
count-open-holds = Holds still open
count-payments = Payments
count-refunds = Refunds
count-statements = Statement rows compared

## The pages of a server that is no demo
front-title = An Enishi server
front-lead = Wallets, shops and payments across two economies, on one double-entry ledger. Programs use the API of this server; each of them shows a key that the operator gave out.
front-ready = open
front-not-ready = starting
front-programs = For programs
front-programs-lead = One description and one list: every operation, and every code of a refusal with what to do.
front-openapi = Description of the API (OpenAPI 3.1)
front-problems = All codes of refusals
front-operators = For operators
front-operators-lead = The audit reads every journal again and compares both sides. It asks for an operator’s key.
front-audit = Go over the books
front-people = Wallets and tills
front-people-lead = For whoever has a sign-in code, on any phone or tablet. A wallet can be opened here.
front-door-lead = What stands in the books is for the operator. The key is used for this one answer and kept nowhere.
front-key = Operator’s key
front-key-hint = It begins with ek_ and was shown once, when it was made.
front-open = Go over the books

## Several wallets or stores
choose-title = Which store is this till in?
choose-lead = Your code opens more than one store. The choice stands in this page’s address: keep it as a bookmark on the till.
choose-others-wallet = Your other wallets
choose-others-store = Your other stores

## Opening a wallet
open-title = Open a wallet
open-lead = In a minute, on this phone. It is empty at first; the operator puts money in by bank transfer.
open-name = Your name
open-name-hint = It is kept encrypted, apart from the books, and goes when you ask to be forgotten.
open-which = Which wallet
open-button = Open the wallet
open-have = Do you have one already?
opened-title = Your wallet is open
opened-lead = This device is signed in. For any other, and if you lose this one, you need the code below.
opened-keep = It is shown this once. Write it down, or keep it in a password manager; whoever has it can pay from this wallet.
opened-other-device = On another device
opened-other-device-lead = Scan this with its camera, or open the link there.
opened-go = To the wallet

## Signing in
enter-title = Sign in
enter-lead = Type the sign-in code you were given when your wallet or your shop was opened.
enter-code = Sign-in code
enter-code-hint = It looks like jp-ABCDE-FGHJK-MNPQR-STVWX. Small letters and missing dashes are fine.
enter-button = Sign in
enter-kept = This device is signed in
enter-kept-lead = Whoever has this device can use what it is signed in to.
enter-go = Go on
enter-leave = Sign out
enter-leave-hint = Your code stays valid; keep it to sign in again.
enter-open-title = Open on this device?
enter-open-traveller = This link opens a wallet. Whoever holds the device can pay with it.
enter-open-merchant = This link opens a shop’s till. Whoever holds the device can ask for money and give it back.
enter-open-other = This link opens the operator’s pages.
enter-open-cell = Cell { $cell }
enter-open-button = Open on this device

## Reasons: what happened, and what to do
reason-other = It could not be done
    .todo = Nothing was taken. Try again in a moment.
reason-insufficient-funds = The wallet holds too little
    .todo = Top up, or pay another way.
    .shop = Ask for another way to pay.
reason-quote-expired = The rate has run out
    .todo = Scan the code again for a new rate.
reason-already-paid = This code has been paid already
    .todo = Ask the shop for a new code if there is something else to pay.
reason-amount-differs = The amount is not what the shop asked
    .todo = Scan the code again.
reason-payment-expired = The code has run out
    .todo = Ask the shop to show a new one.
    .shop = Show a new code.
reason-corridor-capacity-exhausted = Not enough yen is ready on the other side
    .todo = Try a smaller amount or wait until the operator has topped it up.
reason-corridor-unavailable = The other side does not answer at the moment
    .todo = Wait a moment and scan again.
reason-confirm-again = You paid this shop the same amount just now
    .todo = Confirm once more only if you mean to pay twice.
reason-code-unreadable = There is a code in the picture, but it can’t be read
    .todo = Take the photo sharp and straight from the front, without glare, or paste the text.
reason-qr-not-found = There is no code in the picture
    .todo = Go nearer, give it more light, hold the phone straight, or paste the text of the code.
reason-qr-partial = Only a part of the code is in the picture
    .todo = Take all four corners in, and take away whatever covers it.
reason-qr-several = There are several codes in the picture
    .todo = Photograph the one you want to pay alone.
reason-picture-unfit = This is no picture that can be read
    .todo = Use a photo in JPEG or PNG, of at most 20 megapixels.
reason-code-wechat-pay = This is a WeChat Pay code
    .todo = Enishi can’t pay it: open WeChat, or ask the shop for its Enishi code.
reason-code-alipay = This is an Alipay code
    .todo = Enishi can’t pay it: open Alipay, or ask the shop for its Enishi code.
reason-code-paypay = This is a PayPay code
    .todo = Enishi can’t pay it: open PayPay, or ask the shop for its Enishi code.
reason-code-unionpay = This is a UnionPay code
    .todo = Enishi can’t pay it: open UnionPay, or ask the shop for its Enishi code.
reason-code-web-address = This code leads to a web page and asks for no payment
    .todo = Scan the Enishi code at the till or on the poster.
reason-code-not-enishi = This code belongs to another payment system
    .todo = Enishi can’t pay a code of another system or country: look for the Enishi code at the till.
reason-currency-not-accepted = The code asks for a currency that can’t be paid here
    .todo = Ask the shop for another way to pay.
reason-payment-not-found = The shop does not know this payment
    .todo = Ask the shop to show a new code.
reason-merchant-balance-too-low = The shop’s balance is too low for this refund
    .todo = Refund less, or wait for the next payments.
reason-credit-line-used-up = The shop’s balance and its credit line are too low for this refund
    .todo = Refund less, wait for the next payments, or ask the operator for a larger line.
reason-refund-exceeds-rest = That is more than can still go back
    .todo = Type at most what is left.
reason-refund-window-closed = It is too late to refund this payment
    .todo = Settle it with the customer another way.
reason-limit-exceeded = That is over the wallet’s limit
    .todo = Pay a smaller amount, or another way.
reason-payment-cancelled = The shop has cancelled this payment
    .todo = Ask the shop for a new code.
    .shop = Show a new code when the customer is ready.
reason-cancelled-by-payer = You have cancelled this payment
    .todo = Ask the shop for a new code if you want to pay after all.
    .shop = Show a new code when the customer is ready.
reason-payment-not-open = This payment is not open any more
    .todo = Ask the shop to show a new code.
    .shop = Show a new code.
reason-payment-under-way = This code is being paid right now
    .todo = Wait a moment and look at the statement. If it is declined, scan it again.
reason-payout-terms-not-set = The terms of payouts are not set
    .todo = Set them first.
reason-bank-file-not-found = There is no such bank file
    .todo = Look at the list of bank files.
reason-bank-file-exists = This bank file is there already
    .todo = Look at it before you make another.
reason-bank-file-not-open = This bank file was sent or withdrawn before
    .todo = Nothing is left to do with it.
reason-bank-file-outdated = A shop has refunded since the file was written
    .todo = Have the file made anew.
reason-merchant-not-approved = The operator has not approved this shop yet
    .todo = It is paid out once they have.
reason-merchant-twice-in-file = A shop stands in the file twice
    .todo = Have the file made anew.
reason-payout-below-minimum = A shop has less than the minimum
    .todo = It waits for a later file.
reason-payout-money-missing = What the file took was moved by hand
    .todo = Put it back first.
reason-party-forgotten = This wallet’s holder asked to be forgotten
    .todo = Nothing can be paid with it any more.
reason-party-owes = The shop still owes something on its credit line
    .todo = Wait until its sales have repaid it, or repay it, then ask again.
reason-party-has-money = There is still money here
    .todo = Have it paid out first, then ask again.
reason-party-has-open-payments = A payment is still open
    .todo = Cancel it, or wait until it has ended, then ask again.
reason-party-has-open-store = A store still takes payments
    .todo = Pause it first, then ask again.
reason-payer-forgotten = The customer asked to be forgotten
    .todo = Pay the money back another way.
reason-merchant-paused = The operator has paused this shop
    .todo = Please pay another way.
    .shop = Ask the operator. Refunds still work.
reason-review-outdated = The shop’s bank account was changed a moment ago
    .todo = Look at the account again, then decide.
reason-text-not-plain = There are characters that can’t be seen, or that turn the direction of reading
    .todo = Please type it again.
reason-store-paused = The shop takes no payments at the moment
    .todo = Ask the shop.
    .shop = Open the store again, then show a new code.
reason-store-unknown = There is no such shop
    .todo = Do not pay. Show the code to the shop.
reason-store-differs = The code belongs to another shop
    .todo = Do not pay. Show the code to the shop.
reason-claim-differs = The name on the code is not the registered name
    .todo = Do not pay. Tell the shop: the code may have been swapped.
reason-wrong-crc = The code is damaged: its checksum is wrong
    .todo = Scan it again; if it stays so, ask the shop for a new code.
reason-not-a-payment-code = This is not a payment code
    .todo = Scan the code of the till or the poster.
reason-code-malformed = This is not a well-formed payment code
    .todo = Scan it again; if it stays so, ask the shop for a new code.
reason-customer-presented-not-supported = This is a customer’s code, not a shop’s
    .todo = Scan the code that the till or the poster shows.
reason-limit-per-day = That is over today’s limit of the wallet
    .todo = The limit begins anew at midnight. Pay a smaller amount, or another way.
reason-rate-not-published = There is no fresh exchange rate
    .todo = Wait until the operator has imported one.
reason-cell-starting = This side is coming back from its journal
    .todo = Wait a second and try again; nothing is lost.
reason-cell-full = This side can take no more at the moment
    .todo = Nothing has happened. Tell the operator.
reason-journal-full = This side can’t write at the moment
    .todo = Nothing is lost. Try again when the operator has made room on the disk.
reason-clock-jumped = The server’s clock has jumped
    .todo = New payments wait until the operator has looked at it.
reason-already-done = This was done before
    .todo = Look at the statement; nothing was done twice.
reason-id-expired = This page is too old
    .todo = Load it anew and try again.
reason-form-unfit = Something in the form does not fit
    .todo = Check what you typed and send it again.
reason-outcome-unknown = The answer was lost on the way
    .todo = Look at the statement before you try again; the same press never pays twice.
reason-too-busy = Too many requests at once
    .todo = Wait a second and try again.
reason-amount-missing = No amount was typed
    .todo = Type how much.
reason-amount-not-a-number = That is not an amount
    .todo = Type digits only.
reason-amount-has-decimals = The amount has more decimals than its currency
    .todo = Type whole units.
reason-amount-too-large = That amount is too large
    .todo = Type a smaller one.
reason-amount-not-positive = The amount is zero
    .todo = Type how much.
reason-not-found = There is nothing at this address
    .todo = The window may belong to an earlier demonstration. Start from the first page.
reason-forbidden = This window may not do that
    .todo = Start from the first page.
reason-internal = Something broke on our side
    .todo = Nothing was lost. Look at the statement, then try again.
reason-key-invalid = This is not a key of this server
    .todo = Look for missing characters; a key looks like ek_cell_id_secret.
reason-key-revoked = This key was ended
    .todo = Ask the operator for a new one.
reason-key-expired = This key has expired
    .todo = Ask the operator for a new one.
reason-role-not-allowed = This key may not see that
    .todo = Use the key of an operator.
reason-rate-limited = Too many requests at once
    .todo = Nothing was done. Wait a few seconds and try again.
reason-audit-not-available = The books can’t be read right now
    .todo = Try again in a moment; the server’s log says more.
reason-sign-in-missing = Nobody is signed in on this device
    .todo = Sign in with your code, then go on.
reason-sign-in-unknown = Nobody knows this sign-in code
    .todo = Compare it letter by letter with what you were given; the operator can give you a new one.
reason-sign-in-malformed = This is not a sign-in code
    .todo = A code has two letters of its cell and four groups of five: jp-ABCDE-FGHJK-MNPQR-STVWX.
reason-sign-in-ended = This sign-in code was ended
    .todo = Ask the operator for a new one.
reason-sign-in-expired = This sign-in code has expired
    .todo = Ask the operator for a new one.
reason-sign-in-other-role = This code is for another kind of page
    .todo = A wallet’s code opens a wallet, a shop’s code opens a till. Sign in with the right one.
reason-sign-in-foreign = Another site asked for this
    .todo = Nothing was done. If you want it, do it here.
reason-wallet-none = There is no wallet yet
    .todo = Ask the operator to open one for you, or sign in with another code.
reason-store-none = There is no store yet
    .todo = Ask the operator to open one for you, or sign in with another code.


signup-title = Open a shop
signup-heading = Take every wallet in five minutes
signup-lead = Four short parts. At the end: a poster to print, a till on this phone, and tonight’s takings on your bank account tomorrow.
signup-shop = Your shop
signup-name = Name, as customers know it
signup-name-hint = It is shown on every customer’s screen before they pay.
signup-latin = The same in Latin letters
signup-where = What and where
signup-category = Category
signup-prefecture = Prefecture
signup-choose = Choose
signup-city = City, in Latin letters
signup-bank-part = Your bank account
signup-bank = Bank code
signup-bank-hint = 4 digits, or the name
signup-branch = Branch code
signup-branch-hint = 3 digits, or the name
signup-account = Account number
signup-account-hint = 7 digits, ordinary account
signup-holder = Name of the holder in kana
signup-holder-hint = As in the passbook. It is sent to the bank in half-width kana.
signup-goes-out = Goes out as { $kana }
signup-fee = Fee
signup-fee-each = Each payment, from the shop
signup-fee-other = Rent, set-up, monthly
signup-fee-example = From { $amount } you get
signup-open = Open the shop
signup-later = You can change all of this later. Account number and holder are kept encrypted, with a key of their own.
signup-poster = Your poster so far
signup-poster-code = The code comes here when the shop is open
signup-then = Then you have
signup-then-poster = A poster
signup-then-poster-lead = A5, three languages, one code for every wallet
signup-then-till = A till
signup-then-till-lead = On this phone or any tablet, nothing to install
signup-then-money = Your money
signup-then-money-lead = In each night’s bank file, once staff have looked at the shop
signup-mend = { $n ->
    [one] One thing to mend
   *[other] { $count } things to mend
 }
signup-go-to = Go to: { $field }
signup-done = The shop is open
signup-done-lead = It can be paid now. Money goes to your account once staff have looked at the shop.
signup-code = Your sign-in code
signup-code-lead = It is shown this once. Copy it, or keep the link: it opens the till on another device.
signup-link = Secret link
signup-code-gone = The code was shown before. If you have lost it, ask the staff for a new one.
signup-shared = Another shop has this bank account already. Staff will look at it before the first payout.
signup-number = Store number
signup-to-poster = Print the poster
signup-to-till = Open the till
signup-another = Open another shop
signup-link-home = Open a shop
signup-link-home-lead = You have a shop? It takes five minutes.
signup-wrong-empty = Please fill this in.
signup-wrong-hidden = There are characters that can’t be seen, or that turn the direction of reading. Type it again.
signup-wrong-markup = The signs < and > can’t stand in a name. Take them out.
signup-wrong-long = That is { $length } characters. Make it { $most } at most.
signup-wrong-latin = Use A to Z, digits and spaces only: wallets of other countries show it.
signup-wrong-category = Choose a category.
signup-wrong-prefecture = Choose a prefecture.
signup-wrong-bank-code = A bank code has 4 digits; it stands in the passbook. Or type the bank’s whole name.
signup-wrong-bank = No bank has the code { $code }. Compare it with the passbook.
signup-wrong-bank-closed = The bank with the code { $code } was closed or merged. Ask it for the new account.
signup-wrong-branch-bank = Mend the bank code first.
signup-wrong-branch-code = A branch code has 3 digits; it stands in the passbook. Or type the branch’s whole name.
signup-wrong-branch = { $bank } has no branch with the code { $code }. Compare it with the passbook.
signup-wrong-account-empty = Type the 7 digits of the account number.
signup-wrong-account-few = That is { $digits } digits. If yours is shorter, put zeros before it: { $padded }.
signup-wrong-account-many = That is { $digits } digits. An account number has 7.
signup-wrong-account = An account number has digits only.
signup-wrong-holder-empty = Type the holder’s name in kana, as in the passbook.
signup-wrong-holder-long = That is { $length } characters, and the bank takes { $most }. Write it as your passbook has it, perhaps { $cut }.
signup-wrong-holder-kanji = Character { $at }, “{ $found }”, is kanji, which can’t be sent to a bank. Write how it is read, in kana.
signup-wrong-holder-dot = Character { $at }, “{ $found }”, can’t be sent. Write a full stop or a space, as your passbook has it.
signup-wrong-holder-letter = Character { $at }, “{ $found }”, can’t be sent. Write A to Z without accents, or kana.
signup-wrong-holder-sign = Character { $at }, “{ $found }”, can’t be sent. Leave it out, or write it as your passbook does.
signup-wrong-holder-endless = That is too long for any name. Write it as in the passbook.
trade-restaurant = Food and drink
trade-airport_shop = Airport shop
trade-department_store = Department store
trade-attraction = Sights
trade-lodging = Lodging
trade-transport = Transport
trade-daily_needs = Daily needs
trade-other = Other
poster-title = Poster
poster-print = Print on A5
poster-paused = This shop takes no payments at the moment. Do not hang this poster up.
poster-picture = As a picture (SVG)
poster-code = Payment code of the shop
reason-store-number-malformed = That is no store number
    .todo = Type all digits as they stand below the code on the poster.
reason-store-number-mistyped = A digit of the store number is wrong
    .todo = Compare it with the poster.
reason-sign-up-closed = No shop can sign up here
    .todo = Ask the operator.
reason-sign-up-foreign = This form was not sent from this page
    .todo = Look over it and send it again.
## The operator
board-title = Operator
board-now = How it stands
board-cells = Cells
board-figures = Figures
board-position = Position
board-behind = Views behind by
board-memory = Memory (whole process)
board-since = Running since
board-megabytes = { $count } MB
board-corridor = Corridor
board-frozen = Frozen
board-for = { $messages }, for { $seconds } s
board-number = Last number, { $from } to { $to }
board-frozen-by = Frozen by { $cell }
frozen-balances-differ = The nostro and its mirror differ at the same number. Look at both books before you reopen it.
frozen-witness-differs = The other side has another past than we saw: it may have been restored from an old copy.
frozen-forked-here = Our journal is not the one that the other side saw: an older copy, or forked. Reopen the other side first.
frozen-message-faults = A message can’t be handled.
frozen-by-operator = An operator stopped new payments. What is under way still ends.
board-nostro = Nostro
board-nostro-what = What { $cell } keeps here in { $unit }: the most that can cross before settlement
board-mirror = Our nostro over there
board-mirror-what = What we keep at { $cell } in { $unit }, by our own book
board-meter = { $balance } on a scale to { $most }; warning at { $warning }
board-mark = Mark: warns below { $amount }
board-held = { $amount } of it held for payments under way
board-today = Back to today
board-today-word = today
board-from = From
board-to = To
board-show = Show
board-span = { $first } to { $last }
board-since-midnight = { $amount } since midnight
board-in-these-days = { $amount } in this time
board-colon = :{ " " }
board-comma = ,{ " " }
board-paid-from = { $amount } from { $wallets }
board-wallets-in = { $unit } wallets
board-wallets-of = wallets of { $cell }
board-elsewhere = Elsewhere
board-all-prefectures = The other prefectures
board-hours = Payments by hour
board-hours-label = Payments by hour: { $now }; { $day }: { $before }
board-until = until { $clock }, and { $day }
board-beside = beside { $day }
board-trades = Volume by category
board-wallets = Volume by wallet
board-all = { $unit }, all { $amount }
board-nothing = No payments in this time.
board-back = Given back
board-before = A week before
board-before-payments = Payments then
board-compared = Against the week before
board-change = Change
board-percent = { $percent } %
board-row-payments = Payments
board-row-captured = Taken
board-row-refunds = Refunds
board-row-refunded = Given back
board-row-net = Net
board-row-fees = Merchants’ fees
board-file = Download CSV
board-payments = Payments
board-payment = Payment
board-time = Time
board-state = State
board-shop = Shop
board-trade = Category
board-seller = Shop’s side
board-payer = Payer’s side
board-note = Note
board-went-back = { $amount } went back
board-none = No payments found
board-none-what = Try other words, or clear the search.
board-none-yet = None among the newer ones. Go on to older ones.
board-pages = Pages
board-newest = Newest
board-older = Older
board-search = Search
board-any = Any
board-find-shop = Shop’s name
board-find-status = State
board-find-prefecture = Prefecture
board-find-category = Category
board-find-least = Amount from
board-find-most = Amount to
board-find-from = Time from
board-find-to = Time to
board-find-payment = Payment’s id
board-operate = Operate
board-wallet = Wallet’s id
board-amount = Amount
board-reference = The bank’s reference
board-top-up = Top up the wallet
board-top-up-title = Top up a wallet
board-top-up-nostro = Top up the nostro
board-nostro-title = Nostro of { $cell }
board-link-title = Link to { $cell }
board-reason = Reason
board-freeze = Freeze the link
board-freeze-what = No new payment starts; what is under way still ends.
board-reopen = Reopen the link
board-reopen-what = Look at both books first. The reason stands in the journal.
board-done-topped-up = The wallet was topped up.
board-done-nostro = The nostro was topped up.
board-done-frozen = The link is frozen.
board-done-reopened = The link is open again.
board-back-to = Back to the operator’s page
board-no-leg = There is no leg of this payment here.
board-leg-asked = Asked
board-leg-captured = Taken
board-leg-refunded = Given back
board-leg-fee = Merchant’s fee
board-leg-principal = At the mid rate
board-leg-spread = Spread
board-leg-payer-fee = Payer’s fee
board-leg-paid = From the wallet
board-leg-returned = Back in the wallet
board-events = What happened
board-event = Event
board-message = Message
board-received = received { $number }
board-sent = sent { $number }
board-book = In the book
board-what = What
board-debit = Debit
board-credit = Credit
board-posted = posted
board-held-line = held
board-released = released
status-requested = Asked for
status-confirmed = Confirmed, no answer yet
status-authorized = Held by the shop
status-captured = Paid
status-partly-refunded = Partly refunded
status-refunded = Refunded
status-declined = Declined
status-cancelled = Cancelled
status-expired = Expired
status-released = Released
fact-quote-made = Rate locked
fact-payment-requested = The till asked
fact-payment-confirmed = The payer said yes; held
fact-payment-authorized = Held for the shop
fact-payment-taken = Taken from the wallet
fact-payment-returned = Back to the wallet, nothing taken
fact-cancel-asked = Asked to cancel
fact-sale-held = Held for the shop
fact-sale-captured = The shop was paid
fact-sale-part-captured = The shop took a part
fact-sale-released = The shop let it go
fact-sale-cancelled = The shop cancelled
fact-sale-expired = It expired
fact-sale-declined = Declined
fact-sale-refunded = The shop gave back
fact-paid-here = Paid inside this cell
fact-refund-arrived = The refund is in the wallet
fact-refund-stranded = The refund found no wallet
fact-stray-arrived = An answer without a payment
board-groups =
    { $n ->
        [one] { $count } group
       *[other] { $count } groups
    }
board-in-doubt =
    { $n ->
        [one] { $count } in doubt
       *[other] { $count } in doubt
    }
board-prefectures =
    { $n ->
        [one] { $count } of 47 prefectures
       *[other] { $count } of 47 prefectures
    }
board-others =
    { $n ->
        [one] { $count } other
       *[other] { $count } others
    }
