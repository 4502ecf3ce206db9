/* REXX */
/* rbhelper: Reset Bridge's helper on z/OS UNIX. See README.md here.  */
/*                                                                    */
/* Reads ONE line from standard input:                                */
/*     verb;userid;hex-password;flags                                 */
/* runs one command of RACF, ACF2 or Top Secret on the authority of   */
/* the userid it runs under, and answers on standard output:          */
/*     RB1 BEGIN nonce / RB1 MSG text ... / RB1 RC n / RB1 END nonce  */
/*                                                                    */
/* The password never becomes an argument, an environment variable or */
/* a file; it is in this exec's variables and in the TSO command.     */
/* Upload as IBM-1047: '#@$' below then are X'7B7C5B', what RACF means.*/
/*                                                                    */
/* Nothing may come ahead of TRACE OFF: with TRACE NORMAL, REXX prints */
/* a host command that fails, password and all.                       */
trace off
signal on syntax name broken
signal on halt name broken
signal on novalue name broken

version  = 1
esm      = 'RACF'            /* RACF, ACF2 or TSS: what this system has*/
limit    = 45                /* seconds, then SIGALRM ends this exec;  */
                             /* keep below the bridge's answer_within  */
controls = xrange('00'x, '3F'x) || 'FF'x     /* not for showing        */

/* ASCII X'20' to X'7E' in order: a hex pair minus 31 is the place.    */
/* A blank is a character that a password may not have.                */
table = ' !' || ' #$%&' || '   *+' || ' -.' || ' 0123456789:' ||,
        ' <=>?@' || 'ABCDEFGHIJKLMNOPQRSTUVWXYZ' || '    _ ' ||,
        'abcdefghijklmnopqrstuvwxyz' || ' |  '

secret = ''
hex = ''
said. = ''
said.0 = 0
begun = 0

call limit_time limit

/* ---- the request ------------------------------------------------- */
parse pull request
request = strip(request, 'T', '0D'x)
if length(request) > 512 then call refuse_all
parse var request verb ';' userid ';' hex ';' flags
request = ''

nonce = ''
expired = 0
resume = 0
phrase = 0
lift = ''
do while flags \== ''
  parse var flags flag ',' flags
  select
    when left(flag, 6) == 'nonce=' then nonce = substr(flag, 7)
    when flag == 'expired' then expired = 1
    when flag == 'resume' then resume = 1
    when flag == 'phrase' then phrase = 1
    when flag == 'nosuspend' then lift = ' NOSUSPEND'
    otherwise nop                     /* a newer bridge may say more   */
  end
end
if length(nonce) \= 16 then call refuse_all
if verify(nonce, '0123456789abcdef') > 0 then call refuse_all

say 'RB1 BEGIN' nonce
begun = 1

/* ---- is it one that we carry out? -------------------------------- */
if words(verb) \= 1 | strip(verb) \== verb |,
   wordpos(verb, 'ping status verify reset unlock') = 0 then
  call finish 12, 'RBH002E VERB IS NOT KNOWN'
if verb == 'ping' then
  call finish 0, 'RBH000I RBHELPER' version esm userid()

letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
if length(userid) < 1 | length(userid) > 8 |,
   verify(userid, letters || '0123456789@#$') > 0 then
  call finish 12, 'RBH003E USERID IS NOT VALID'

if verb == 'reset' then do
  secret = from_hex(hex)
  if phrase & esm \== 'TSS' then do    /* it has none here             */
    if length(secret) < 9 | length(secret) > 100 then call refuse_secret
  end
  else if length(secret) < 1 | length(secret) > 8 then call refuse_secret
  if esm == 'TSS' then                /* there they mean something else */
    if pos('*', secret) > 0 |,
       wordpos(translate(secret), 'NOPW RANDOM') > 0 then
      call refuse_secret
end

/* ---- carry it out ------------------------------------------------ */
code = tso('PROFILE NOPROMPT MSGID NOINTERCOM NOWTPMSG PLANGUAGE(ENU)')
if code \= 0 then do
  call show
  call finish 16, 'RBH005E PROFILE FAILED, NOTHING WAS DONE. RC' code
end

if esm == 'TSS' then
  select
    when verb == 'reset' then do      /* EXP always, the interval kept  */
      code = tso('TSS REPLACE('userid') PASSWORD('secret',,EXP)')
      if resume & code = 0 & successful('REPLACE') then do
        call show
        code = tso('TSS REMOVE('userid') SUSPEND')
      end
    end
    when verb == 'unlock' then code = tso('TSS REMOVE('userid') SUSPEND')
    otherwise code = tso('TSS LIST('userid') DATA(BASIC,PASSWORD)')
  end
else if esm == 'ACF2' then
  select
    when verb == 'reset' then do
      more = ''
      what = 'PASSWORD('secret')'
      if phrase then what = "PWPHRASE('"secret"')"
      if expired & phrase then more = more 'PWP-EXP'
      if expired & \phrase then more = more 'PSWD-EXP'
      if resume then more = more 'PSWD-VIO(0)'
      if resume & phrase then more = more 'PWP-VIO(0)'
      code = acf('CHANGE' userid what||more||lift)
    end
    when verb == 'unlock' then do
      more = ''
      if phrase then more = ' PWP-VIO(0)'
      code = acf('CHANGE' userid 'PSWD-VIO(0)'more||lift)
    end
    when phrase then
      code = acf('LIST' userid, 'SET PROFILE(USER) DIV(PWPHRASE)',,
                 'LIST' userid)
    otherwise code = acf('LIST' userid)
  end
else
  select
    when verb == 'reset' then do
      more = ' EXPIRED'               /* always, asked for or not      */
      if resume then more = more 'RESUME'
      what = 'PASSWORD('secret')'
      if phrase then what = "PHRASE('"secret"')"
      code = tso('ALTUSER' userid what||more)
    end
    when verb == 'unlock' then code = tso('ALTUSER' userid 'RESUME')
    otherwise code = tso('LISTUSER' userid)
  end

if verb == 'verify' & code = 0 then
  if \first_use() then code = 4
call show
if code < 0 then
  call finish 16, 'RBH006E TSO COULD NOT RUN THE COMMAND, RC' code
call finish code
exit 16                               /* not reached                   */

/* ---- the host: the only places that reach outside ----------------- */

/* End this process when it lasts too long: the bridge may have gone,   */
/* and a remote command goes on running when its client hangs up.       */
limit_time:
  address syscall 'alarm' arg(1)
  return

/* Run one TSO command; its output goes to SAID. and its code is given  */
/* back. Standard input is used up: a prompt would find nothing, and    */
/* NOPROMPT sees to it that there is none.                              */
tso: procedure expose said.
  call outtrap 'said.'
  address tso arg(1)
  code = rc
  call outtrap 'off'
  return code

/* ACF2: the subcommands wait on the stack when ACF asks for them.      */
/* [memory] Whether the TMP behind ADDRESS TSO sees this exec's stack   */
/* was not tried: prove it on site before you trust it (README.md).     */
acf: procedure expose said.
  queue 'SET LID'
  do at = 1 to arg()
    queue arg(at)
  end
  queue 'END'
  code = tso('ACF')
  do queued()                         /* what ACF left: never a command */
    parse pull .
  end
  return code

/* ---- answering ---------------------------------------------------- */

/* Print what the command said, the password masked.                    */
show: procedure expose said. secret hex controls
  do at = 1 to said.0
    say 'RB1 MSG' hide(hide(translate(said.at, '', controls), secret), hex)
  end
  said. = ''
  said.0 = 0
  return

/* Cover every occurrence, in upper or lower case.                      */
hide: procedure
  parse arg text, what
  if what == '' then return text
  seen = translate(text)
  what = translate(what)
  at = pos(what, seen)
  do while at > 0
    text = overlay(copies('*', length(what)), text, at)
    seen = overlay(copies('*', length(what)), seen, at)
    at = pos(what, seen, at + length(what))
  end
  return text

/* Whether the listing shows that the next logon has to choose.         */
first_use: procedure expose said. phrase
  day = ' PASSDATE=00.000 '
  bit = 'PSWD-EXP'
  if phrase then do
    day = ' PHRASEDATE=00.000 '
    bit = 'PWP-EXP'
  end
  do at = 1 to said.0
    if left(said.at, 15) == ' DEFAULT-GROUP=' &,
       pos(day, said.at' ') > 0 then return 1
    if wordpos(bit, said.at) > 0 then return 1
    if left(said.at, 11) == 'PASSWORD   ' & (,
       pos('EXPIRES=01/01/80', said.at) > 0 |,
       pos('EXPIRES=80/01/01', said.at) > 0) then return 1
  end
  return 0

/* Whether Top Secret says that this function was successful.           */
successful: procedure expose said.
  parse arg function
  do at = 1 to said.0
    if word(said.at, 1) == 'TSS0300I' & word(said.at, 2) == function &,
       pos('FUNCTION SUCCESSFUL', said.at) > 0 then return 1
  end
  return 0

/* Hexadecimal digits of ASCII codes to characters of this code page;   */
/* '' if anything is wrong with them.                                   */
from_hex: procedure expose table
  parse arg digits
  if length(digits) // 2 \= 0 then return ''
  if verify(translate(digits), '0123456789ABCDEF') > 0 then return ''
  text = ''
  do at = 1 to length(digits) by 2
    place = x2d(substr(digits, at, 2)) - 31
    if place < 1 | place > length(table) then return ''
    character = substr(table, place, 1)
    if character == ' ' then return ''
    text = text || character
  end
  return text

/* End with a code and, if given, a message of our own.                 */
finish:
  parse arg ending, words
  call forget
  if words \== '' then say 'RB1 MSG' words
  say 'RB1 RC' ending
  say 'RB1 END' nonce
  exit min(ending, 255)

refuse_secret:
  call finish 12,,
    'RBH004E PASSWORD IS NOT OF THE ALPHABET, OR NOT OF 1-8 CHARACTERS'

/* Without a nonce there can be no frame.                               */
refuse_all:
  call forget
  say 'RBH001E REQUEST HAS NOT FOUR PARTS, OR NO NONCE'
  exit 12

/* Something here is wrong. No END: the bridge takes nothing for done.  */
broken:
  where = sigl
  call forget
  say 'RBH900E RBHELPER FAILED AT LINE' where
  exit 20

/* REXX gives no promise that storage is wiped; what can be, is.        */
forget:
  secret = ''
  hex = ''
  said. = ''
  return
