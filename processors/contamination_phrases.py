"""What evaluation items share with any text: instructions of tasks, famous quotations, formulas.

Own words, or quotations of works in the public domain. A match of these alone says nothing about an item.
"""

_INSTRUCTIONS = r"""
Answer the following question.

Answer the following multiple choice question. The last line of your response should be of the following format

Answer the question based on the context below. Keep the answer short and concise.

Choose the correct answer from the options below.

Choose the best answer to the following question from the four options given.

Complete the following sentence with the most suitable word.

Complete the following function so that it passes the tests.

Determine whether the following statement is true or false.

Explain your reasoning step by step before you give the final answer.

Fill in the blank with the correct form of the word in brackets.

Given the following passage, answer the question below in your own words.

Give your final answer as a single number without units.

Let's think step by step. Let us think about this step by step.

Put your final answer within \boxed{}. Please reason step by step, and put your final answer in a box.

Read the following passage and answer the questions that follow.

Read the text below and decide which answer best fits each gap.

Select the option that best completes the sentence.

The following are multiple choice questions (with answers) about

Which of the following statements is true? Which of the following is not true? Which one of the following is
correct?

Which of the following best describes the main idea of the passage?

Write a function that takes a list of integers and returns

You are a helpful assistant. You are given a question and several possible answers.

All of the above. None of the above. Both A and B. Cannot be determined from the information given.
"""

_QUOTATIONS = r"""
To be, or not to be, that is the question: Whether 'tis nobler in the mind to suffer the slings and arrows of
outrageous fortune, or to take arms against a sea of troubles and by opposing end them. To die, to sleep, no more;
and by a sleep to say we end the heart-ache and the thousand natural shocks that flesh is heir to: 'tis a
consummation devoutly to be wish'd.

Friends, Romans, countrymen, lend me your ears; I come to bury Caesar, not to praise him. The evil that men do lives
after them; the good is oft interred with their bones.

All the world's a stage, and all the men and women merely players: they have their exits and their entrances; and
one man in his time plays many parts, his acts being seven ages.

Tomorrow, and tomorrow, and tomorrow, creeps in this petty pace from day to day, to the last syllable of recorded
time; and all our yesterdays have lighted fools the way to dusty death. Out, out, brief candle! Life's but a walking
shadow, a poor player that struts and frets his hour upon the stage and then is heard no more. It is a tale told by
an idiot, full of sound and fury, signifying nothing.

Shall I compare thee to a summer's day? Thou art more lovely and more temperate: Rough winds do shake the darling
buds of May, and summer's lease hath all too short a date.

But, soft! what light through yonder window breaks? It is the east, and Juliet is the sun. O Romeo, Romeo! wherefore
art thou Romeo? What's in a name? That which we call a rose by any other name would smell as sweet.

The quality of mercy is not strain'd, it droppeth as the gentle rain from heaven upon the place beneath: it is twice
blest; it blesseth him that gives and him that takes.

Now is the winter of our discontent made glorious summer by this sun of York.

We are such stuff as dreams are made on, and our little life is rounded with a sleep.

Neither a borrower nor a lender be; for loan oft loses both itself and friend. This above all: to thine own self be
true, and it must follow, as the night the day, thou canst not then be false to any man.

It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, it was
the epoch of belief, it was the epoch of incredulity, it was the season of Light, it was the season of Darkness, it
was the spring of hope, it was the winter of despair, we had everything before us, we had nothing before us, we were
all going direct to Heaven, we were all going direct the other way.

It is a far, far better thing that I do, than I have ever done; it is a far, far better rest that I go to than I
have ever known.

It is a truth universally acknowledged, that a single man in possession of a good fortune, must be in want of a
wife.

Call me Ishmael. Some years ago, never mind how long precisely, having little or no money in my purse, and nothing
particular to interest me on shore, I thought I would sail about a little and see the watery part of the world.

Happy families are all alike; every unhappy family is unhappy in its own way.

Alice was beginning to get very tired of sitting by her sister on the bank, and of having nothing to do: once or
twice she had peeped into the book her sister was reading, but it had no pictures or conversations in it.

Four score and seven years ago our fathers brought forth on this continent, a new nation, conceived in Liberty, and
dedicated to the proposition that all men are created equal. Now we are engaged in a great civil war, testing
whether that nation, or any nation so conceived and so dedicated, can long endure. that this nation, under God,
shall have a new birth of freedom, and that government of the people, by the people, for the people, shall not
perish from the earth.

We hold these truths to be self-evident, that all men are created equal, that they are endowed by their Creator with
certain unalienable Rights, that among these are Life, Liberty and the pursuit of Happiness.

When in the Course of human events, it becomes necessary for one people to dissolve the political bands which have
connected them with another, and to assume among the powers of the earth, the separate and equal station to which
the Laws of Nature and of Nature's God entitle them, a decent respect to the opinions of mankind requires that they
should declare the causes which impel them to the separation.

We the People of the United States, in Order to form a more perfect Union, establish Justice, insure domestic
Tranquility, provide for the common defence, promote the general Welfare, and secure the Blessings of Liberty to
ourselves and our Posterity, do ordain and establish this Constitution for the United States of America.

Congress shall make no law respecting an establishment of religion, or prohibiting the free exercise thereof; or
abridging the freedom of speech, or of the press; or the right of the people peaceably to assemble, and to petition
the Government for a redress of grievances.

And so, my fellow Americans: ask not what your country can do for you, ask what you can do for your country. My
fellow citizens of the world: ask not what America will do for you, but what together we can do for the freedom of
man.

So, first of all, let me assert my firm belief that the only thing we have to fear is fear itself: nameless,
unreasoning, unjustified terror which paralyzes needed efforts to convert retreat into advance.

With malice toward none; with charity for all; with firmness in the right, as God gives us to see the right, let us
strive on to finish the work we are in; to bind up the nation's wounds.

A house divided against itself cannot stand.

All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience and
should act towards one another in a spirit of brotherhood.

Everyone is entitled to all the rights and freedoms set forth in this Declaration, without distinction of any kind,
such as race, colour, sex, language, religion, political or other opinion, national or social origin, property,
birth or other status.

In the beginning God created the heaven and the earth. And the earth was without form, and void; and darkness was
upon the face of the deep. And the Spirit of God moved upon the face of the waters. And God said, Let there be
light: and there was light.

In the beginning was the Word, and the Word was with God, and the Word was God.

The Lord is my shepherd; I shall not want. He maketh me to lie down in green pastures: he leadeth me beside the
still waters. Yea, though I walk through the valley of the shadow of death, I will fear no evil: for thou art with
me.

Our Father which art in heaven, Hallowed be thy name. Thy kingdom come, Thy will be done in earth, as it is in
heaven. Give us this day our daily bread. And forgive us our debts, as we forgive our debtors.

For God so loved the world, that he gave his only begotten Son, that whosoever believeth in him should not perish,
but have everlasting life.

To every thing there is a season, and a time to every purpose under the heaven: A time to be born, and a time to
die; a time to plant, and a time to pluck up that which is planted.

Therefore all things whatsoever ye would that men should do to you, do ye even so to them.

Two roads diverged in a yellow wood, and sorry I could not travel both and be one traveler, long I stood and looked
down one as far as I could to where it bent in the undergrowth. I took the one less traveled by, and that has made
all the difference.

Once upon a midnight dreary, while I pondered, weak and weary, over many a quaint and curious volume of forgotten
lore, while I nodded, nearly napping, suddenly there came a tapping, as of some one gently rapping, rapping at my
chamber door.

Hope is the thing with feathers that perches in the soul, and sings the tune without the words, and never stops at
all.

Because I could not stop for Death, he kindly stopped for me; the carriage held but just ourselves and immortality.

I wandered lonely as a cloud that floats on high o'er vales and hills, when all at once I saw a crowd, a host, of
golden daffodils; beside the lake, beneath the trees, fluttering and dancing in the breeze.

Tyger Tyger, burning bright, in the forests of the night; what immortal hand or eye, could frame thy fearful
symmetry?

My name is Ozymandias, King of Kings; look on my Works, ye Mighty, and despair! Nothing beside remains.

Water, water, every where, and all the boards did shrink; water, water, every where, nor any drop to drink.

If you can keep your head when all about you are losing theirs and blaming it on you, if you can trust yourself when
all men doubt you, but make allowance for their doubting too.

Give me your tired, your poor, your huddled masses yearning to breathe free, the wretched refuse of your teeming
shore. Send these, the homeless, tempest-tost to me, I lift my lamp beside the golden door!

No man is an island, entire of itself; every man is a piece of the continent, a part of the main. Never send to know
for whom the bell tolls; it tolls for thee.

Early to bed and early to rise, makes a man healthy, wealthy, and wise.

Those who cannot remember the past are condemned to repeat it.

I know not what course others may take; but as for me, give me liberty or give me death!

If I have seen further it is by standing on the shoulders of giants.

Power tends to corrupt and absolute power corrupts absolutely.

It is not from the benevolence of the butcher, the brewer, or the baker, that we expect our dinner, but from their
regard to their own interest.

Whatever is worth doing at all is worth doing well. The unexamined life is not worth living. I think, therefore I
am.
"""

_FORMULAS = r"""
x equals minus b plus or minus the square root of b squared minus four a c, all over two a

x = (-b ± sqrt(b^2 - 4ac)) / (2a)

x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}

a^2 + b^2 = c^2. The square of the hypotenuse is equal to the sum of the squares of the other two sides.

The area of a circle is pi times the square of its radius, A = pi r^2; its circumference is C = 2 pi r.

The area of a triangle is half of the base times the height.

The sum of the angles of a triangle is 180 degrees.

Every action has an equal and opposite reaction. For every action there is an equal and opposite reaction.

The force is equal to the mass times the acceleration, F = ma. Energy is equal to mass times the speed of light
squared, E = mc^2.

sin^2(x) + cos^2(x) = 1. The derivative of sin x is cos x, and the derivative of cos x is minus sin x.

The limit of f(x + h) - f(x) over h as h goes to zero. f'(x) = lim_{h \to 0} (f(x + h) - f(x)) / h

V = 4/3 pi r^3. PV = nRT. V = IR. The pressure times the volume is equal to n R T.
"""

PHRASES = tuple(f"{_INSTRUCTIONS}\n\n{_QUOTATIONS}\n\n{_FORMULAS}".strip().split("\n\n"))
