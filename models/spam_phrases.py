"""What unwanted advertising says, by theme.

No parameter was fitted by a program, but the phrases were written and adjusted by hand while looking at a public set of
mails and its figures (docs/spam.md). Patterns are RE2 over lower-cased text and match whole words; a space stands for
any white space. English, but for goods' names, which travel.
"""

from collections.abc import Mapping

THEMES: Mapping[str, tuple[str, ...]] = {
    "action": (
        r"click (?:here|below|now|the link|on the link|on this|this link|to (?:order|buy|see|view|get|visit))",
        (
            r"(?:order|buy|call|shop|play|register|enrol+|join|apply|download|subscribe|respond|reply|sign up"
            r"|start) (?:now|today|right now|right away|online now|immediately|yours)"
        ),
        r"(?:visit|see) (?:our|my|the following) (?:web ?site|web ?page|site|page|home ?page|online)",
        r"(?:please )?(?:click|go) (?:on )?(?:here|http)",
        r"call (?:us )?(?:toll[ -]?free|free|1-8\d\d|now|today|anytime|24 hours)",
        r"(?:act|don'?t) (?:now|fast|today|delay|wait|miss)",
        r"for (?:more|free|further) (?:info|information|details),? (?:call|click|visit|please|reply|send|on)",
        r"(?:fill (?:out|in)|complete) (?:the|our|this|your) (?:form|below|short|quick|application)",
        r"(?:e-?mail|call|fax|phone|contact|send) (?:us|me) (?:at|on|today|now|back|your|for|with|via)",
        r"(?:cut|copy) and paste|check (?:it|us|this) out|give (?:us|me) a (?:call|try)",
        r"order (?:form|line|by|online|yours|via)|print (?:out )?(?:this|the) (?:form|order)",
    ),
    "urgency": (
        r"limited[ -]time|time[ -]limited|for a limited|limited (?:offer|supply|number|quantit)|hurry",
        r"last chance|act (?:now|fast|quickly|immediately)|urgent(?:ly)?",
        r"don'?t (?:miss|delay|wait|hesitate|pass)",
        (
            r"(?:offer|sale|price|discount|special)s? (?:ends?|expires?|is limited|good (?:until|till|through)"
            r"|valid)"
        ),
        r"while (?:supplies|stocks?|they) last|today only|only today|one[ -]time (?:offer|only|chance)",
        r"time is (?:running|limited)|before it'?s too late|first come|expires? (?:soon|today|in|on)",
        r"final notice|once in a (?:lifetime|life time)",
        r"immediate(?:ly)? (?:attention|response|access|approval|delivery)",
    ),
    "free": (
        r"(?:absolutely|totally|completely|100 ?%|it'?s|is|are|for|a|get|your|our) free",
        (
            r"free (?:trial|gift|sample|quote|info|information|bonus|shipping|delivery|consultation|report|access"
            r"|members?|membership|spins?|money|cash|phone|cell|vacation|trip|offer|download|tour|pass|preview"
            r"|video|pics?|e-?book|cd|catalog|credits?|install\w*|website|web ?site|hosting|advert\w*|leads?"
            r"|estimate|demo|no|domain|grants?|dvds?|software|support|system|service|evaluation|analysis|lifetime"
            r"|to join|to try|of charge)"
        ),
        (
            r"no (?:obligation|cost|charge|risk|catch|strings|hassle|purchase|fees?|experience|questions|gimmicks?"
            r"|selling|credit check|salesm[ae]n|commitment|contracts?|minimum|medical|hidden|prescription|doctor"
            r"|upfront|up[ -]front)"
        ),
        r"(?:without|zero|at no|with no) (?:any )?(?:obligation|cost|charge|risk|extra)|risk[ -]free",
        r"money[ -]back|satisfaction guaranteed?|guaranteed?|guarantees?|bonus(?:es)?|fully refund\w*|refund",
        r"you(?:'ve| have)? (?:just )?(?:won|been (?:selected|chosen|approved|invited|awarded))|winners?",
        r"congratulations|claim (?:your|it|the)|prizes?|sweepstakes?|giveaways?",
        r"gift (?:card|certificate|voucher)s?|coupons?|nothing to lose|try it|trial (?:period|offer|version)",
        r"f ?r ?e ?e ?!",
    ),
    "earnings": (
        (
            r"(?:make|making|earn|earning|earned|made|win|generate|receive) (?:up to |over |more than |an? |extra "
            r"|big |serious |easy |some |your |fast |real |at least |around |about )*(?:money|cash|\$+ ?\d|£\d"
            r"|us ?\$|income|profits?|commissions?|a living|thousands|fortune|millions?)"
        ),
        (
            r"(?:extra|additional|residual|passive|unlimited|monthly|weekly|steady|second|six[ -]figure"
            r"|full[ -]time|potential) (?:cash|income|earnings|money|profits?)"
        ),
        r"income (?:potential|opportunit\w+|stream|from)|earning potential|earnings?",
        r"work(?:ing)? (?:at|from) (?:your )?home|home[ -]?based|home (?:business|workers?|worker)",
        r"from (?:your )?home",
        (
            r"(?:business|income|money[ -]?making|investment|financial|career|ground floor"
            r"|network marketing) opportunit\w+"
        ),
        r"financial(?:ly)? (?:freedom|independen\w+|free|secur\w+)|get(?:ting)? (?:paid|rich)",
        r"be (?:your|their) own boss|multi[ -]?level|mlm|downline|upline|sponsors?|pyramid|chain letter",
        r"residuals?|matrix|recruit\w*|millionaires?|fortunes?|wealth(?:y)?|riches|debt[ -]free",
        r"retire(?:ment)? (?:early|rich)|your dreams?|dreams? come|(?:double|triple|multiply) your",
        r"(?:\d+|hundred|thousand)s? (?:dollars )?(?:a|per|each|every) (?:day|week|month)",
        r"(?:hot|penny|small[ -]?cap|micro[ -]?cap|featured|undervalued) stocks?",
        r"stock (?:picks?|alert|symbol|profile|tips?)|otc ?bb|otc:|nasdaq:|strong buy|price target|target price",
        r"forward[ -]looking statements?|investors? (?:alert|relations)|forex|binary options?",
        r"crypto ?(?:invest\w+|trading)|bitcoin (?:profit|invest\w+|trader|mixer)|return on investment",
        r"envelope stuffing|mystery shopper|data entry|affiliates?(?: program)?|resellers?|distributors?",
        r"dealers?hips?|this (?:really )?works|your (?:own )?(?:business|success)",
        r"proven (?:system|method|program|way|to)|success stor\w+",
    ),
    "credit": (
        r"mortgages?|re-?financ\w+|home (?:equity|loans?|improvement|owners?)|lenders?|second mortgage",
        r"foreclosure",
        (
            r"(?:low|lowest|lower|fixed|reduced?|today's) (?:interest )?(?:rates?|payments?|premiums?"
            r"|monthly)"
        ),
        r"interest rates?|(?:bad|poor|good|perfect|no|any|less than perfect|damaged|your) credit",
        r"credit (?:report|rating|repair|card debt|history|problems?|score|bureaus?|line|limit|file)",
        r"consolidat\w+|(?:eliminate|reduce|out of|credit card|your|get) (?:all )?(?:your )?debts?|bankruptcy",
        r"collection agenc\w+",
        r"(?:payday|personal|cash|quick|instant|auto|car|student|business|online|unsecured|a) loans?",
        r"cash advance|loan (?:amount|quote)|(?:term|life|auto|car|cheap|affordable) insurance",
        r"insurance (?:quotes?|rates?|agents?)|annuit\w+|pre-?(?:approved|qualif\w+)",
        r"instant(?:ly)? (?:approv\w+|quotes?|decision)|merchant accounts?|accept credit cards?",
        r"owe the irs|tax (?:debt|relief|problems?)|offshore|asset protection",
        r"save (?:you )?(?:thousands|hundreds|big)|monthly payments?|no money down",
        r"cash (?:fast|now)|judgments?",
    ),
    "pills": (
        r"v ?[i1!l|] ?[a@] ?g ?r ?[a@]|c[i1!l]al[i1!l]s|levitra|kamagra|sildenafil|tadalafil|phentermine|xanax",
        r"valium|ambien|tramadol|vicodin|hydrocodone|oxycontin|adipex|propecia|zyban|soma|modafinil|clomid",
        r"steroids?",
        (
            r"(?:online|canadian|internet|cheap|mexican|discount) (?:pharmac\w+|drugs?|meds?|pills?|medications?"
            r"|prescriptions?)"
        ),
        r"pharmacy|pharmacies|prescriptions?",
        r"(?:diet|weight[ -]loss|sex|herbal|generic) (?:pills?|patch\w*|supplements?|products?|viagra)",
        r"weight[ -]?loss",
        r"(?:lose|losing|lost|loose) (?:up to |over |the |your |that )?(?:weight|fat|\d+ (?:pounds|lbs|inches))",
        r"fat[ -]?burn\w+|burn (?:the |off )?(?:fat|calories)|appetite|cellulite|keto|garcinia|detox|metabolism",
        r"slimming|obesity|hgh|human growth|growth hormone|anti[ -]?ag(?:e?ing)|wrinkles?|hair loss|baldness",
        r"reverse (?:the )?ag(?:e?ing)|look younger|energy level|penis|enlarge\w*|enlargement|erecti\w+",
        r"impoten\w+|male enhancement|ejaculat\w+|libido|sex(?:ual)? (?:drive|life|desire|performance|stamina)",
        r"all[ -]?natural|herbal|doctor (?:approved|recommended)|clinically|miracle|cbd (?:oil|gummies)",
        r"quit smoking|testosterone|longer lasting|stop snoring",
        r"without (?:dieting|exercise|a prescription|surgery)",
    ),
    "adult": (
        r"xxx|porn\w*|nude\w*|naked|escorts?",
        r"erotic\w*|orgasms?",
        (
            r"(?:hot|sexy|horny|live|young|teen|wild|naked|russian|lonely|college|real|amateur|local) (?:girls?"
            r"|women|babes?|chicks?|singles|teens?|ladies|wom[ae]n|action|moms|housewives|wives)"
        ),
        r"adult (?:site|web|video|dvd|content|movie|material|entertainment|dating|pics?|friend|chat)\w*",
        r"web ?cams?|cams?|hard ?core|lesbians?|horny|sexy",
        r"(?:must be|you are|i am|if under|if you are under|be over|over|at least) (?:over )?(?:18|21|eighteen)",
        r"18 ?\+|18 (?:years|or)|uncensored|explicit",
        (
            r"(?:meet|date|chat with) (?:hot |sexy |local |real |thousands of )*(?:singles|women|girls|men|people"
            r"|someone)"
        ),
        r"dating|singles|soul ?mate|personals|matchmak\w+|brides?",
    ),
    "gambling": (
        r"casinos?|gambl\w+|jackpots?|roulette|black ?jack|slots?|slot ?machines?|sports ?book\w*",
        r"lotter(?:y|ies)|bookmaker|togel|judi|baccarat|poker",
        r"(?:online|sports|football|live|place your) (?:bets?|betting|bingo|poker|gaming)",
        r"free (?:spins?|bets?|chips)|welcome bonus|no deposit|deposit bonus|bonus codes?|vegas|wager\w*",
    ),
    "removal": (
        (
            r"(?:to|wish|want|like) (?:to )?(?:be )?(?:removed?|taken off|excluded|deleted|opt[ -]?out"
            r"|unsubscribed?)"
        ),
        (
            r"remov(?:e|ed|al) (?:me|you|your|yourself|from|in the|in subject|request|instructions|link|my|click|as"
            r"|at|list|or|by|on|please)"
        ),
        r"opt(?:ed)?[ -]?(?:out|in|ing)|opt-in",
        (
            r"(?:this|any|future|further|these|more) (?:mailings?|mailing list|e-?mail list|emails from|promotions?"
            r"|offers|advertis\w+|solicitation)"
        ),
        (
            r"(?:this|message|e-?mail|it)(?: e-?mail| message)? (?:is|was) (?:not|never) (?:spam|unsolicited"
            r"|sent unsolicited|intended)"
        ),
        r"not spam|unsolicited|spamming|anti-spam policy",
        (
            r"(?:you(?:'re| are| have)? )(?:are )?(?:receiv(?:ed?|ing)|getting|been sent) (?:this|our|these|special"
            r"|e-?mail)"
        ),
        (
            r"your (?:e-?mail )?(?:address|name|e-?mail|email address) (?:was|has been|will be|were|from|removed"
            r"|off)"
        ),
        r"subject (?:line|field|heading|area)|word remove|type remove|in the subject",
        r"reply (?:to this|with)|apologi[sz]e (?:for|if)|sorry for (?:any|the) (?:inconvenience|intrusion)",
        r"federal (?:law|regulations?|trade)|can-?spam|complian(?:ce|t) with|considered spam",
        r"one[ -]time (?:mailing|e-?mail|message)|mailed? (?:to )?you again|no further",
        r"never (?:be )?(?:e-?mail|hear|receive|contact)\w*",
        r"receive (?:any )?(?:future|further|more|no|additional)",
        r"we (?:respect|honor|honour|strongly oppose|never|value) (?:your|all|the|use|spam)|marketing partners?",
        r"remove",
    ),
    "advance_fee": (
        r"barrister|next[ -]of[ -]kin|beneficiar(?:y|ies)",
        r"(?:my )?late (?:husband|father|client|president|head|general|mr|dr|chief|col)|deceased|inheritance",
        r"estate of",
        r"(?:million|hundred thousand|thousand) (?:united states?|us|u\.s\.?|american|u\.s\.a) dollars?",
        r"us ?\$ ?\d|usd ?\d|\d+(?:\.\d+)? ?m(?:illion)? (?:usd|us dollars|dollars)|million dollars?|us dollars?",
        r"transfer (?:of )?(?:the |this |these |our |said |such |out |into )*(?:funds?|money|sum|amount|fortune)",
        r"transferred|(?:this|the|your|foreign|said) (?:fund|transaction|transfer|account|deal|sum)s?",
        (
            r"(?:foreign|business|reliable|trust ?worthy|honest|god[ -]fearing) (?:partner|person|account"
            r"|contractor|relationship|proposal|associate|partnership)"
        ),
        r"foreigner",
        (
            r"(?:strictly|strict|utmost|absolute|top|highly|very|complete|most|treat as) (?:confidential\w*"
            r"|secre\w+|trust|private|honesty)"
        ),
        r"confidential(?:ity|ly)?|confidence",
        (
            r"dear (?:sir|madam|friends?|beloved|sirs|sir/madam|partner|winner|customer|beneficiary|homeowner"
            r"|consumer|entrepreneur|subscriber|associate|member|candidate|investor|reader|colleague)"
        ),
        r"attn|attention:|greetings",
        (
            r"(?:your|kind|maximum|full|sincere) (?:assistance|co-?operation|consideration|response|interest|help"
            r"|understanding|swift|urgent|bank)"
        ),
        r"seek(?:ing)? your|assist (?:me|us)|solicit\w*",
        r"% (?:of|for) (?:the |this |you |us |total |me )*(?:sum|money|fund|amount|total|expenses|fee|you|us|me)",
        r"security compan\w+|consignment|diplomat\w*|bank (?:account|of|manager|plc)|god bless|in god",
        r"(?:tele)?phone (?:and|&) fax|tel(?:ephone)? ?[:/]|fax ?:|fax numbers?|asylum|mrs?\. [a-z]+ [a-z]+,",
        r"widow",
    ),
    "wares": (
        r"replicas?|rolex|louis vuitton|gucci|designer (?:hand ?bags?|watches|brands?)|descrambl\w+|diplomas?",
        r"bulk[ -]?(?:e-?)?(?:mail\w*|friendly|hosting|sending)",
        r"seo (?:services?|expert|company|packages?|agency)|page ?rank|link building|guest posts?|back ?links?",
        r"domain authority|first page of google|buy (?:followers|likes|views|reviews|traffic|essays?)|oem software",
        r"cheap (?:essays?|jerseys|shoes|handbags|watches)|essay writing service|essays? online",
        r"(?:write|do|writing) (?:my|your) (?:essay|paper|homework|thesis|assignment)s?",
    ),
    "phishing": (
        r"(?:parcel|package|shipment) (?:is|has been|was|could not be|cannot be) (?:delivered|held|on hold|pending)",
        r"(?:customs|redelivery|delivery|shipping|clearance|release|handling) (?:fee|charge|cost|duty)s?",
        r"(?:account|card|mailbox|wallet) (?:is|has been|was|will be) (?:suspended|limited|locked|blocked|closed)",
        r"(?:verify|confirm|update|validate) your (?:\w+ )?(?:account|identity|password|details|address|payment|card)",
        r"unusual (?:activity|sign-?in|login)|unauthori[sz]ed (?:login|access|transaction)|avoid suspension",
    ),
    "selling": (
        r"amazing|incredibl[ey]|revolutionary|break ?through|unbelievabl[ey]|fantastic|sensational|spectacular",
        r"ultimate|exclusive|secrets?|proven|hottest|shocking",
        (
            r"(?:best|lowest|low|unbeatable|great|special|discount|wholesale|bargain|cheapest|cheap|reduced|retail"
            r"|our|regular) (?:prices?|deals?|offers?|rates?|value|cost|promotion|quality|selection)"
        ),
        r"discount(?:s|ed)?|bargains?|wholesale|clearance|(?:save|savings) (?:of |up to |over )?(?:\$|\d+ ?%)",
        r"\d+ ?% (?:off|discount|savings?|cheaper|guaranteed?|satisfaction|more|less)|half price|sale price",
        r"special (?:offer|promotion|deal|price|report|introductory)s?|introductory (?:offer|price)|as seen on",
        r"testimonials?|brand[ -]new|top quality|high(?:est)? quality|best[ -]selling",
        r"satellite (?:tv|dish|system)|cable (?:box\w*|tv)|toner|ink ?jet|cartridges?|cigarettes?|tobacco",
        r"(?:shipping|s&h|postage) (?:and|&|\+) handling|(?:free|plus|overnight|same[ -]day|\+) shipping",
        r"in stock|visa(?: |,|/)|master ?card|american express|money orders?|(?:check|cheque)s? or|credit cards?",
        r"pay ?pal|western union|moneygram|payable to|(?:for |only |just |from |low as |at |a )\$ ?\d+",
        r"\$ ?\d+(?:,\d{3})*(?:\.\d\d)?(?: value|!|/mo| per| a | each|\+| million| dollars)|regularly",
        r"introducing|new product|product line",
        (
            r"our (?:products?|services?|compan[iy]\w*|customers?|clients?|team|staff|experts?|web ?site|program"
            r"|system|prices?|store|newsletter|specialists?)"
        ),
        r"copy (?:any )?dvds?|dvd (?:copy|burner|movies)|burn dvd",
        r"(?:buy|purchase|order|shop) (?:online|direct|it|yours|one|two|cheap|any|our|from|now)|warranty",
        r"lifetime (?:warranty|guarantee|membership)|vacations?|cruises?|hotel accommodations",
        r"you (?:can|will|could|may|too|deserve|need|must|want|get|simply|just|never|only)",
        r"are you (?:tired|looking|ready|interested|in|still|paying|sick|a|interested in)",
        r"(?:have|did|do) you (?:ever|know|want|need|have|like|owe)|would you like|imagine|what if you",
        r"interested in|if you(?:'re| are| would| have| want| need| like)|you'll|you've been",
    ),
    "marketing": (
        (
            r"(?:e-?mail|opt[ -]in|direct|internet|online|affiliate|network|web|viral|mass|fax) (?:marketing"
            r"|marketers?|advertis\w+|promotions?|broadcast\w*|mailing|addresses|lists?)"
        ),
        (
            r"(?:million|thousand|\d{3}|fresh|targeted|new|extract\w*|harvest\w*|collect) (?:of )?(?:fresh "
            r"|targeted |new |verified )?(?:e-?mail|opt-in)? ?(?:addresses|leads|prospects?|visitors|hits"
            r"|recipients|people)"
        ),
        r"e-?mail (?:extractor|software|campaign|blast)|leads?|prospects?",
        (
            r"(?:increase|boost|explode|skyrocket|drive|more|generate|improve|build) (?:your |more |huge |massive "
            r"|targeted )*(?:sales|traffic|business|profits?|visitors|rankings?|revenues?|exposure|response"
            r"|customers|list)"
        ),
        r"search engines? (?:submi\w+|rank\w+|optimi[sz]\w+|placement|position\w+)|submit your",
        r"(?:promote|advertise|market|list|grow) your",
        (
            r"your (?:web ?site|web ?page|site|product|ad|message|advertisement|advertising|customers|sales|link"
            r"|domain|computer|home|mortgage|friends|family)"
        ),
        r"advertis(?:e|ing|ement|ers?)|ads?|promotions?|classifieds?|e-?commerce",
        r"web ?hosting|cheap (?:flights|hosting)|domain names?|\.biz",
        r"\.info|host(?:ing)? (?:your|package|service)|cd[ -]?roms?|video ?tapes?|toll[ -]free|800 number",
        r"answering|conference calls?|long distance|phone (?:bill|service|cards?)|per minute|cents (?:a|per)",
        r"calling card|cell(?:ular)? phones?",
    ),
}
